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
import { isTokenId } from "../engine/tokens.ts";
import { type Deadline, giveBack, workUntil } from "./pass-until.ts";
import { type Answer, isLong, longPasses, type RingDeps } from "./ring-deps.ts";
import { type Elsewhere, unseenClaim, type Written, withClaim } from "./unseen-claim.ts";

export type { Answer, RingDeps } from "./ring-deps.ts";

/** Answers one ring. `owner` is this invocation. */
export async function answerRing(
  deps: RingDeps,
  runId: string,
  owner: string,
  deadline: Deadline,
): Promise<Answer> {
  if (isTokenId(runId)) {
    const { tokenRung } = await import("../engine/token-ends.ts");
    return (await tokenRung(deps.ports, runId)) === "finished" ? "worked on" : "nothing";
  }
  const { applied, run, isFull, called = [], later = [] } = await claimed(deps, runId, owner);
  for (const each of called) deps.bell.ring(each);
  for (const each of later) deps.bell.ringAt(each.runId, each.at);
  if (run === undefined) return "nothing";
  if (isFull) {
    await expireParked(deps.ports, run);
    return "parked";
  }
  if (!applied) {
    const { answerRefused } = await import("./refused-ring.ts");
    return answerRefused(deps, run, owner, deadline);
  }
  if (isLong(deps, run)) return (await longPasses()).handOverClaimed(deps, run, owner).then(() => "started");
  const ports = { ...deps.ports, store: withClaim(deps.ports.store, run) };
  return workUntil({ ...deps, ports }, run, owner, deadline);
}

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

const none: ReadonlySet<string> = new Set();

function elsewhereOf({ longRunning, larger }: RingDeps): Elsewhere | undefined {
  const tooLarge = larger?.tooLarge;
  if (longRunning === undefined && tooLarge === undefined) return undefined;
  return { long: longRunning?.tasks ?? none, tooLarge };
}
