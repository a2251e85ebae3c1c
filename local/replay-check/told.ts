/**
 * What a verdict says to people and to machines.
 *
 * Invariant: what was said once of a place is not said again until the code is another one.
 */
import type { Place } from "../../engine/record.ts";
import type { Difference, Verdict } from "./difference.ts";
import type { Replayed } from "./messages.ts";

/** A line of `holdfast dev --json`, and the words for it. */
export interface ReplayReport {
  readonly code?: "HF321" | "HF323" | "HF324";
  /** `differs`: it would have gone on otherwise. `crash`: behind a crash it would have. `without store`: a function misses a package's store. `stopped`: up to here it is the same, what lies behind is not checked. */
  readonly kind: Exclude<Verdict["kind"], "same">;
  readonly task: string;
  readonly runId: string;
  /** What was called there, and `file` and `line` of it. */
  readonly call?: string;
  readonly file?: string;
  readonly line?: number;
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
  /** All of it as lines for people. */
  readonly text: string;
}

/** `file:line` as its parts. */
function placed({ name, at }: Place): Pick<ReplayReport, "call" | "file" | "line"> {
  const [, file = at, line] = /^(.*):(\d+)$/.exec(at) ?? [];
  return {
    call: name,
    ...(file === "" ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

const named = ({ name, at }: Place): string => (at === "" ? name : `${name} at ${at}`);

function whatOf({ what, place, instead, ended }: Difference): string {
  const at = place === undefined ? "a call" : named(place);
  if (what === "missing record") {
    const before =
      instead === undefined ? "" : ` Where the run went on with ${named(instead)}, the replay does not.`;
    return `The replay asks for ${at}, of which the journal has no record.${before}`;
  }
  if (what === "unasked record") return `The run made ${at}, and the replay does not ask for it.`;
  if (what === "other inputs") return `The replay gives ${at} other arguments than the run did.`;
  return `The run ended with ${ended?.run ?? "?"}, the replay with ${ended?.replay ?? "?"}.`;
}

const whyOf: Readonly<Record<Difference["what"], string>> = {
  "missing record":
    "Had the run been interrupted behind this call, it would have been made then, a second time if it had been made under another name.",
  "unasked record":
    "Had the run been interrupted, what is recorded there would have had no effect on the rest.",
  "other inputs":
    "Had the run been interrupted, the recorded answer to the old arguments would have been taken for the answer to the new ones.",
  "other end": "Had the run been interrupted before its end, its caller would have got the other one.",
};

const fix =
  "Look in front of it for what is read without an await and may change: a variable of the module or of globalThis, process.env, a file, the machine. Read it within an awaited call or step(), and go on with what that gave.";

type Crash = Extract<Verdict, { kind: "crash" }>;

function whatOfCrash({ behind, ended, asks, stays, waits, hasHappened }: Crash): string {
  const crash = `a crash behind ${named(behind)}`;
  if (asks !== undefined) return `After ${crash} the run would call ${named(asks)}, which it has not done.`;
  if (stays !== undefined)
    return `After ${crash}, ${named(stays)} would end without a call to the outside, which it has made in the run.`;
  if (waits !== undefined)
    return `After ${crash} the run would wait for ${named(waits)} for ever: what answers it comes from a call that is not made again.`;
  if (hasHappened)
    return `In one piece the run would end with ${ended?.run ?? "?"}. Interrupted behind ${named(behind)}, by a wait or a crash, it has ended with ${ended?.crash ?? "?"}.`;
  return `The run ended with ${ended?.run ?? "?"}. After ${crash} it would end with ${ended?.crash ?? "?"}.`;
}

const crashWhy =
  "What finished calls have done in memory alone is not there in the process that goes on: their results are recorded, what a package's object, module or store keeps to itself is not.";
const crashFix =
  "Do the calls that belong together in one step(), or keep what has to last in plain data that the run itself holds.";

/** The head and the parts of a message, as lines for people. */
const linesOf = (head: string, { code, what, why, fix: advice }: Omit<Said, "is">): string =>
  [
    head,
    `  ${what}`,
    `  Why it matters: ${why}`,
    `  What to do: ${advice}`,
    `  More: docs/errors/${code}.md`,
  ].join("\n");

type Finding = Exclude<Verdict, { kind: "same" | "stopped" | "unchecked" }>;

/** What is told of a finding: its code, how a sentence about the run begins, and the three parts of a message. */
interface Said {
  readonly code: NonNullable<ReplayReport["code"]>;
  readonly is: string;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

function saidOf(finding: Finding): Said {
  if (finding.kind === "differs") {
    const { difference } = finding;
    const is = "is not the same when it is replayed";
    return { code: "HF321", is, what: whatOf(difference), why: whyOf[difference.what], fix };
  }
  if (finding.kind === "crash") {
    const is = finding.hasHappened
      ? "has become another one by an interruption"
      : "would have been another one after a crash";
    return { code: "HF323", is, what: whatOfCrash(finding), why: crashWhy, fix: crashFix };
  }
  return {
    code: "HF324",
    is: "misses a store that a package puts around a function",
    what: `${named(finding.place)} puts a store around the function that it is given, and in there getStore() gives undefined.`,
    why: "The function begins in a turn of its own, and behind a crash without that call.",
    fix: "Hand over by an argument what it needs, put a store of your own around it there, or do all of it in one step().",
  };
}

const placeOf = (verdict: Verdict): Place | undefined => {
  if (verdict.kind === "differs") return verdict.difference.place;
  if (verdict.kind === "crash") return verdict.behind;
  return "place" in verdict ? verdict.place : undefined;
};

const topicOf = (verdict: Exclude<Verdict, { kind: "same" }>): string => {
  if (verdict.kind === "differs") return verdict.difference.what;
  return "because" in verdict ? verdict.because : verdict.kind;
};

/** A call that reaches out, or writes, in a replay has done so in the run, and is not among what that has recorded. */
const again = (because: string): string =>
  /would (?:reach out|write a file)/.test(because)
    ? " Nothing that is recorded stands for it: each pass does it again, behind a crash, too. If it is more than a connection, put it into a step() that is awaited."
    : "";

/** Says each thing once. */
export class Tongue {
  readonly #said = new Set<string>();

  /** The report on a verdict; undefined where there is nothing to say, or all was said. */
  reportOf({ verdict, task, runId, codeVersion }: Replayed): ReplayReport | undefined {
    if (verdict.kind === "same" || (verdict.kind === "unchecked" && verdict.isTold !== true))
      return undefined;
    const place = placeOf(verdict);
    const topic = [codeVersion, task, verdict.kind, topicOf(verdict), place?.at ?? ""].join("\n");
    if (!this.#isNew(topic)) return undefined;
    const about = { kind: verdict.kind, task, runId, ...(place && placed(place)) };
    if (verdict.kind !== "stopped" && verdict.kind !== "unchecked") {
      const { is, ...said } = saidOf(verdict);
      const where = place === undefined ? "" : ` (${place.at})`;
      return {
        ...about,
        ...said,
        text: linesOf(`${said.code} Run ${runId} of "${task}" ${is}${where}.`, said),
      };
    }
    const words =
      verdict.kind === "stopped"
        ? `Runs of "${task}" are checked by replay up to ${named(verdict.place)}: ${verdict.because}.${again(verdict.because)} What lies behind is not checked.`
        : `Runs of "${task}" are not checked by replay: ${verdict.because}.`;
    return { ...about, what: words, text: words };
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key)) return false;
    this.#said.add(key);
    return true;
  }
}
