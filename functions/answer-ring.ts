/**
 * What a ring leads to: a claim, or, where that is refused, a look at the run's head and then one of a few things.
 *
 * | The run | What happens |
 * |---|---|
 * | is a token | it ends if its time is over, and tells of its end |
 * | is unknown, or ended and told of | nothing |
 * | finds no slot free in its queue | it is parked: who gives one back calls it |
 * | is worked on by somebody | nothing: whoever it is hears the news by itself |
 * | is not due yet | the ring is sent again with the rest, if a message can wait that long |
 * | is pinned to other code | it is handed to the version that has that code |
 * | asks for more memory than is here | it is handed to the function that has it |
 * | was left behind by a pass that died | the death is counted, then as below |
 * | is due, of a `longRunning` task | it is claimed, given back with its place in its queues, and a process elsewhere is started |
 * | is due, or has somebody to tell | a pass |
 *
 * Owns:      the order of these questions.
 * Never:     rejects for what the author's code does; it rejects when the store does.
 * Invariant: whatever is decided on an older head, the claim's own condition decides again.
 */
import { expireParked } from "../engine/claim.ts";
import type { Queues } from "../engine/head-write.ts";
import { isAbandoned, isFinished, type Run } from "../engine/run.ts";
import { isTokenId, tokenRung } from "../engine/tokens.ts";
import type { HandOff } from "./aws/hand-off.ts";
import { isRungAhead, longestDelayMs } from "./bell.ts";
import { isSameCode, publishedVersion } from "./code-version.ts";
import type { LargerMachines } from "./larger-machines.ts";
import type { LongRunning } from "./long-running.ts";
import { type Deadline, giveBack, type PassDeps, workUntil } from "./pass-until.ts";
import {
  type Elsewhere,
  isTooLarge,
  type UnseenClaims,
  unseenClaim,
  type Written,
  waitingStatuses,
  withClaim,
} from "./unseen-claim.ts";

/** A ring that comes this much too early is waited for: a message cannot wait for less than a second. */
const shortMs = 1_000;

/** A ring that comes earlier than this is for another time: clocks do not differ by more, or the timer rings. */
const skewMs = 2_000;

/** What answering a ring takes. */
export interface RingDeps extends PassDeps, UnseenClaims {
  readonly handOff: HandOff;
  /** Undefined where no task's passes are elsewhere, and in such a pass itself. */
  readonly longRunning?: LongRunning | undefined;
  /** Undefined where every run has the memory that it asks for. */
  readonly larger?: LargerMachines | undefined;
  /** The queues of this code's tasks. */
  readonly queues?: Queues;
  /** The version of the secrets that a run is pinned to by its first claim. */
  readonly secretVersion?: () => Promise<string | undefined>;
  /** The hash of the code in this function. */
  readonly codeVersion: string;
  /** The published version that this function is. */
  readonly version: string;
}

/** What became of a ring. */
export type Answer =
  | "nothing"
  | "busy"
  | "parked"
  | "early"
  | "handed over"
  | "started"
  | "crashed"
  | "code is gone"
  | "worked on"
  | "cut off";

/** Answers one ring. `owner` is this invocation. */
export async function answerRing(
  deps: RingDeps,
  runId: string,
  owner: string,
  deadline: Deadline,
): Promise<Answer> {
  if (isTokenId(runId)) return (await tokenRung(deps.ports, runId)) === "finished" ? "worked on" : "nothing";
  const { applied, run, isFull, called = [], later = [] } = await claimed(deps, runId, owner);
  for (const each of called) deps.bell.ring(each);
  for (const each of later) deps.bell.ringAt(each.runId, each.at);
  if (run === undefined) return "nothing";
  if (isFull) {
    await expireParked(deps.ports, run);
    return "parked";
  }
  if (!applied) return answerRefused(deps, run, owner, deadline);
  if (isLong(deps, run)) return (await longPasses()).handOverClaimed(deps, run, owner).then(() => "started");
  const ports = { ...deps.ports, store: withClaim(deps.ports.store, run) };
  return workUntil({ ...deps, ports }, run, owner, deadline);
}

const isLong = (deps: RingDeps, { task }: Run): deps is RingDeps & { readonly longRunning: LongRunning } =>
  deps.longRunning?.tasks.has(task) === true;

/** Most projects have none. */
const longPasses = () => import("./long-running.ts");

async function claimed(deps: RingDeps, runId: string, owner: string): Promise<Written> {
  const now = deps.ports.clock.now();
  try {
    const secretVersion = await deps.secretVersion?.();
    const claim = unseenClaim(owner, now, deps.leaseMs, deps.queues, secretVersion);
    return await deps.claimUnseen(runId, claim, deps.codeVersion, now, elsewhereOf(deps));
  } catch (error) {
    await giveBack(deps, runId, owner);
    throw error;
  }
}

/** Answers a ring for a run that could not be claimed as it is. */
async function answerRefused(deps: RingDeps, run: Run, owner: string, deadline: Deadline): Promise<Answer> {
  const { clock } = deps.ports;
  if (isFinished(run.status)) {
    return run.wakeAt === undefined ? "nothing" : workUntil(deps, run, owner, deadline);
  }
  if (run.owner !== undefined && !isAbandoned(run, clock.now())) return "busy";
  const rest = restOf(run, clock.now());
  if (rest > shortMs) return postpone(deps, run, rest);
  if (!isSameCode(run.codeVersion, deps.codeVersion)) return passOn(deps, run, owner);
  if (rest > 0) await new Promise<void>((due) => void clock.after(rest, due));
  if (!isAbandoned(run, clock.now())) return workOrStart(deps, run, owner, deadline);
  const { freeRun } = await import("./lost-pass.ts");
  const freed = await freeRun(deps.ports, run);
  if (freed === undefined) return "busy";
  if (!isFinished(freed.status)) return workOrStart(deps, freed, owner, deadline);
  await workUntil(deps, freed, owner, deadline);
  return "crashed";
}

const none: ReadonlySet<string> = new Set();

function elsewhereOf({ longRunning, larger }: RingDeps): Elsewhere | undefined {
  const tooLarge = larger?.tooLarge;
  if (longRunning === undefined && tooLarge === undefined) return undefined;
  return { long: longRunning?.tasks ?? none, tooLarge };
}

/** A run that asks for more memory than is here goes where it is. One of Fargate has its own size. */
async function handedToLarger(deps: RingDeps, run: Run): Promise<"handed over" | "gone" | undefined> {
  const { larger } = deps;
  if (larger?.tooLarge === undefined || isLong(deps, run)) return undefined;
  return isTooLarge(run, larger.tooLarge) ? larger.handOver(run) : undefined;
}

async function workOrStart(deps: RingDeps, run: Run, owner: string, deadline: Deadline): Promise<Answer> {
  if ((await handedToLarger(deps, run)) === "handed over") return "handed over";
  if (!isLong(deps, run)) return workUntil(deps, run, owner, deadline);
  // One that is not called has its place in its queues to find yet: the next ring's claim does that.
  if (run.turn === "called") {
    const became = await (await longPasses()).startElsewhere(deps, run);
    return became === "gone" ? workUntil(deps, run, owner, deadline) : became;
  }
  deps.bell.ring(run.id);
  return "started";
}

/** How long it is until somebody has to look at it. A run that waits only to be told something has no such time. */
function restOf({ status, wakeAt = Number.POSITIVE_INFINITY }: Run, now: number): number {
  return waitingStatuses.includes(status) ? wakeAt - now : 0;
}

function postpone({ bell, ports }: RingDeps, run: Run, rest: number): Answer {
  // Each trigger that puts a start off rings for its own time: of those rings only the last is needed.
  if (run.status === "DELAYED" && rest > skewMs && isRungAhead(run)) return "early";
  if (rest <= longestDelayMs) bell.ringAt(run.id, ports.clock.now() + rest);
  return rest === Number.POSITIVE_INFINITY ? "nothing" : "early";
}

async function passOn(deps: RingDeps, run: Run, owner: string): Promise<Answer> {
  const version = publishedVersion(run.codeVersion);
  // A function that was made anew counts its versions from 1 again: this one would hand the run to itself, for ever.
  const isElsewhere = version !== undefined && version !== deps.version;
  if (isElsewhere && (await deps.handOff.handOff(run.id, version)) === "handedOff") return "handed over";
  // Hardly ever asked for: it is no part of a cold start.
  const { failForMissingCode } = await import("./missing-code.ts");
  await failForMissingCode(deps.ports, run, owner, deps.leaseMs);
  return "code is gone";
}
