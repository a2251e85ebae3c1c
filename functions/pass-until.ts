/**
 * One pass, within the time that its invocation has left.
 *
 * Owns:      the deadline rule of AWS: 10 s before the limit the pass is told to leave, and what does not leave is cut
 *            off: its run is freed and rung, and the await that was going on counts as interrupted.
 * Never:     lets an invocation run into Lambda's limit, which would end the process and say nothing.
 * Invariant: an invocation that returns holds no lease, unless the store could not be told.
 */
import { putBack } from "../engine/head-write.ts";
import type { LogLevel } from "../engine/pass-context.ts";
import type { PassEnd } from "../engine/pass-options.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { LineAt } from "../engine/run-logs.ts";
import type { DelayedDoorbell } from "./bell.ts";
import { errorFields, type Log } from "./log.ts";
import { type SeenPass, watchPass } from "./seen-pass.ts";

/** What is left for giving back, ringing and answering. */
const marginMs = 10_000;
/** How long a pass that was told to leave may take to do so. */
const leavingMs = 2_000;
/** A run whose pass could not write to the store is looked at again after this long. */
const restMs = 5_000;
const giveBackTries = 3;

/** What is in flight when a pass without a limit is stopped has so long to end: ECS kills 30 s behind its first word. */
const stoppingMs = 20_000;

/** How much time a pass has left. */
export interface Deadline {
  /** Infinity: it has no limit. */
  remainingMs(): number;
  /** It is to end before, through no fault of its own. */
  readonly stop?: AbortSignal | undefined;
}

/** Gets the lines of the author's. */
type Print = (run: Run, level: LogLevel, parts: readonly unknown[], at: LineAt) => void;

/** A pass, as `holdfast/host` makes it. */
export type RunPass = (
  ports: Ports,
  options: {
    readonly runId: string;
    /** As it was seen last: its task, and what it is pinned to. */
    readonly run: Run;
    readonly owner: string;
    readonly leaseMs: number;
    readonly leaveAfterMs: number | undefined;
    readonly joinsLast: boolean;
    readonly signal: AbortSignal;
    readonly print: Print;
  },
) => Promise<Pick<PassEnd, "outcome">>;

/** Who wants to know what a pass did to its run. */
export interface PassWatch {
  /** Also what it read of the journal. */
  readonly all: boolean;
  /** Gives fields for the line that says that the pass has ended. */
  ended(pass: SeenPass): Readonly<Record<string, unknown>>;
}

/** What a pass takes. */
export interface PassDeps {
  readonly watch?: PassWatch;
  readonly ports: Ports;
  readonly bell: DelayedDoorbell;
  readonly runPass: RunPass;
  readonly leaseMs: number;
  /** Undefined: it begins new awaits for as long as it goes on. */
  readonly leaveAfterMs: number | undefined;
  readonly print: Print;
  readonly log: Log;
}

/** Works on a run until its pass ends, or has to. */
export async function workUntil(
  deps: PassDeps,
  run: Run,
  owner: string,
  deadline: Deadline,
): Promise<"worked on" | "cut off"> {
  const { id: runId } = run;
  const { runPass, leaseMs, leaveAfterMs, print, log, watch } = deps;
  const watched = watch && watchPass(deps.ports.store, runId, deps.ports.clock, watch.all);
  const ports = watched === undefined ? deps.ports : { ...deps.ports, store: watched.store };
  const leave = new AbortController();
  const timers: (() => void)[] = [];
  const after = (ms: number, fn: () => void): void =>
    void timers.push(ports.clock.after(Math.max(0, ms), fn));
  const { stop } = deadline;
  const remainingMs = deadline.remainingMs();
  let leaveWithin: (ms: number) => void = () => {};
  const isOver = new Promise<"cut off">((cut) => {
    leaveWithin = (ms) => {
      leave.abort();
      after(ms, () => cut("cut off"));
    };
    if (Number.isFinite(remainingMs)) after(remainingMs - marginMs, () => leaveWithin(leavingMs));
  });
  const stopNow = (): void => leaveWithin(stoppingMs);
  if (stop?.aborted) stopNow();
  stop?.addEventListener("abort", stopNow, { once: true });
  const { signal } = leave;
  const options = { runId, run, owner, leaseMs, leaveAfterMs, joinsLast: true, signal, print };
  const pass = runPass(ports, options);
  try {
    const end = await Promise.race([pass, isOver]);
    if (end !== "cut off") {
      const seen = watched?.ended(end.outcome);
      log.info("Pass ended", { runId, outcome: end.outcome, ...(seen && watch?.ended(seen)) });
      return "worked on";
    }
    pass.catch((error: unknown) =>
      log.warn("A pass that was cut off failed later", { runId, ...errorFields(error) }),
    );
    if (stop?.aborted) await stopped(deps, runId, owner);
    else await cutOff(deps, runId, owner);
    return end;
  } catch (error) {
    await giveBack(deps, runId, owner);
    throw error;
  } finally {
    stop?.removeEventListener("abort", stopNow);
    for (const cancel of timers) cancel();
  }
}

/** Gives the run back, for another process to go on: no death, since it could have gone on. */
async function stopped(deps: PassDeps, runId: string, owner: string): Promise<void> {
  deps.log.warn("Pass cut off: its process is stopped from outside", { runId });
  await giveBack(deps, runId, owner);
  deps.bell.ringAt(runId, deps.ports.clock.now() + restMs);
}

/** Frees the run, as if its pass had died: an await that never ends must not go on for ever. */
async function cutOff(deps: PassDeps, runId: string, owner: string): Promise<void> {
  const { ports, bell, log } = deps;
  const run = await ports.store.read(runId);
  log.warn("Pass cut off: its invocation has no time left", { runId });
  if (run?.owner !== owner) return;
  const { freeRun } = await import("./lost-pass.ts");
  await freeRun(ports, run, "held");
  bell.ring(runId);
}

/** The pass could not write to the store; perhaps this can. Else the timer frees the run, and counts a death. */
export async function giveBack({ ports, log }: PassDeps, runId: string, owner: string): Promise<void> {
  const { store, clock } = ports;
  for (let attempt = 1; attempt <= giveBackTries; attempt++) {
    try {
      const run = await store.read(runId);
      if (run?.owner !== owner) return;
      const now = clock.now();
      await store.write(runId, putBack(run, owner, now, now + restMs));
      return;
    } catch (error) {
      log.warn("A run could not be given back", { runId, attempt, ...errorFields(error) });
    }
  }
}
