/**
 * A task, run again and again: each time its process dies at another place.
 *
 * Owns:      which places those are, and what counts as a difference.
 */
import { inspect } from "node:util";
import type { Entry } from "./call-ledger.ts";
import { fileAndLine } from "./report.ts";
import { type Lifetime, sameButForTime } from "./same.ts";
import type { CallReport, Crash, CrashOptions, Finding, Report, RunOptions, When } from "./types.ts";

/** Crashes of a run that a seed draws, and how slow its writes are. */
const crashesDrawn = 3;
const maxTurns = 4;

type Kind = Finding["kind"];

/** A run, and what the ledger knows beside its report. */
export interface Observed {
  readonly report: Report;
  /** Recorded calls that were made again. */
  readonly doubles: readonly { readonly entry: Entry; readonly after: string }[];
  readonly entries: readonly Entry[];
  /** When it has lived, and how many calls and writes there were. */
  readonly life: Lifetime;
  readonly calls: number;
  readonly writes: number;
}

const whens: readonly When[] = ["before", "after"];

/** Every place of a run: each call and each write, before and after. */
function placesOf(calls: number, writes: number): Crash[] {
  const to = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
  return [
    ...to(calls).flatMap((call) => whens.map((when) => ({ when, call }))),
    ...to(writes).flatMap((write) => whens.map((when) => ({ when, write }))),
  ];
}

/** Runs a task at every place; `run` makes one run. */
export async function crashEverywhere(
  run: (options: RunOptions) => Promise<Observed>,
  options: CrashOptions,
): Promise<{ readonly runs: number; readonly findings: readonly Finding[] }> {
  const { seeds = 0, reset, ...how } = options;
  const findings = new Map<string, Finding>();
  let runs = 0;
  const once = async (more: RunOptions) => {
    await reset?.();
    runs++;
    return run({ ...how, ...more });
  };
  const find = (finding: Finding): void => {
    const id = JSON.stringify([finding.kind, finding.message, finding.file, finding.line]);
    if (!findings.has(id)) findings.set(id, finding);
  };
  const first = await once({});
  const plain = first.report;
  const difference = (other: Observed): string | undefined => differing(first, other);
  // Seen once more before anything is blamed on a crash.
  const again = await once({});
  const unlike = difference(again);
  const steady = unlike === undefined;
  if (!steady) find(unsteady(plain, unlike));
  const look = async (more: RunOptions): Promise<void> => {
    const observed = await once(more);
    for (const finding of repeated(observed, more.crash)) find(finding);
    const differs = steady ? difference(observed) : undefined;
    if (differs !== undefined)
      find(changed(observed.report, more.crash, differs, placeOf(plain.calls, more.crash)));
  };
  for (const crash of placesOf(first.calls, first.writes)) await look({ crash: [crash] });
  for (let seed = 1; seed <= seeds; seed++)
    await look({ crash: { seed, crashes: crashesDrawn }, writeLatency: { seed, maxTurns } });
  return { runs, findings: [...findings.values()] };
}

/** How a run ended, as far as it has to be the same. */
const endOf = ({ status, output, error }: Report) => ({
  status,
  output,
  error: error && { name: error.name, message: error.message },
});

function differing(plain: Observed, other: Observed): string | undefined {
  const [a, b] = [endOf(plain.report), endOf(other.report)];
  const life = { from: plain.life.from, to: Math.max(plain.life.to, other.life.to) };
  return sameButForTime(a, b, life) ? undefined : `${shown(b)} and not ${shown(a)}`;
}

const longest = 300;

function shown({ status, output, error }: ReturnType<typeof endOf>): string {
  const value = error === undefined ? textOf(output) : `${error.name}: ${error.message}`;
  return `${status} ${value}`.slice(0, longest);
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    // With a bigint in it.
    return inspect(value, { depth: 6, breakLength: Infinity });
  }
}

function unsteady(plain: Report, unlike: string): Finding {
  return {
    kind: "unsteady",
    crash: undefined,
    message: `Without any crash the task ended with ${unlike}: results were not compared. Give crashEverywhere a reset() that puts the outside world back.`,
    file: plain.calls[0]?.file ?? "",
    line: plain.calls[0]?.line ?? 0,
  };
}

/** The call at which the process died, as the run without a crash has numbered it. */
function placeOf(calls: readonly CallReport[], crash: RunOptions["crash"]): { file: string; line: number } {
  const [only] = crash !== undefined && !("seed" in crash) ? crash : [];
  let left = only?.call ?? 0;
  for (const { times, file, line } of left > 0 ? calls : []) {
    left -= times;
    if (left <= 0) return { file, line };
  }
  return { file: "", line: 0 };
}

function changed(
  report: Report,
  crash: RunOptions["crash"],
  differs: string,
  at: { file: string; line: number },
): Finding {
  const lost = report.warnings.find(
    ({ code, message }) => code === "HF303" && message.includes("the change of"),
  );
  const kind: Kind = lost === undefined ? "other result" : "lost change";
  const { file, line } = lost ?? at;
  const what = lost === undefined ? "" : ` ${lost.message}`;
  return {
    kind,
    crash,
    message: `After a crash ${crashText(crash)} the task ended with ${differs}.${what}`,
    file,
    line,
  };
}

function crashText(crash: RunOptions["crash"]): string {
  if (crash === undefined) return "";
  if ("seed" in crash) return `of seed ${crash.seed}`;
  return crash
    .map(({ when, call, write }) => (call === undefined ? `${when} write ${write}` : `${when} call ${call}`))
    .join(", ");
}

/** Recorded calls that were made again, and interrupted ones that were made too often. */
function repeated({ doubles, entries }: Observed, crash: RunOptions["crash"]): Finding[] {
  const recorded = doubles.map(({ entry, after }) => {
    const message = `${entry.place.name} was recorded, and was made again after a crash ${after}.`;
    return found(entry, crash, message);
  });
  const tooOften = entries
    .filter(({ isMadeAgain, times, failed, interrupted }) => !isMadeAgain && times > 1 + failed + interrupted)
    .filter((entry) => !doubles.some((double) => double.entry === entry))
    .map((entry) => {
      const message = `${entry.place.name} was made ${entry.times} times, with ${entry.interrupted} interruptions and ${entry.failed} failures.`;
      return found(entry, crash, message);
    });
  return [...recorded, ...tooOften];
}

function found({ place }: Entry, crash: RunOptions["crash"], message: string): Finding {
  return { kind: "double effect", crash, message, ...fileAndLine(place.at) };
}
