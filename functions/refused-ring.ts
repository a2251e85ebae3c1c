/**
 * What becomes of a ring whose run could not be claimed as it is: loaded with the first of them, for most are claimed.
 *
 * Owns:      the order of the questions behind the claim (the table in `answer-ring.ts`).
 * Invariant: whatever is decided on an older head, the claim's own condition decides again.
 */
import { isAbandoned, isFinished, type Run } from "../engine/run.ts";
import { isRungAhead, longestDelayMs } from "./bell.ts";
import { isSameCode, publishedVersion } from "./code-version.ts";
import { type Deadline, workUntil } from "./pass-until.ts";
import { type Answer, isLong, longPasses, type RingDeps } from "./ring-deps.ts";
import { isTooLarge, waitingStatuses } from "./unseen-claim.ts";

/** A ring that comes this much too early is waited for: a message cannot wait for less than a second. */
const shortMs = 1_000;

/** A ring that comes earlier than this is for another time: clocks do not differ by more, or the timer rings. */
const skewMs = 2_000;

/** Answers a ring for a run that could not be claimed as it is. */
export async function answerRefused(
  deps: RingDeps,
  run: Run,
  owner: string,
  deadline: Deadline,
): Promise<Answer> {
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
