/**
 * The claim of a run that nobody has looked at: what a look at its head would have told is a condition of the claim.
 *
 * Most rings are for a run that is due, free and of this code, and so its pass begins with one write and no read. The
 * others get the head that refused the claim, and go on from that.
 *
 * Owns:      what a run must be like to be claimed unseen.
 * Invariant: a claim that is applied is one that a look at the head would have led to.
 */
import { claim, type HeadWrite, type Queues } from "../engine/head-write.ts";
import type { Store } from "../engine/ports.ts";
import type { Run, RunStatus } from "../engine/run.ts";
import { isSameCode } from "./code-version.ts";

/** What `Store.write` answers. */
export type Written = Awaited<ReturnType<Store["write"]>>;

/** Runs that are not to be claimed here. */
export interface Elsewhere {
  /** Tasks whose runs are left alone once they are called, since somebody else may be coming for them. */
  readonly long: ReadonlySet<string>;
  /** Runs of other tasks that ask for more memory than is here; undefined: none do. */
  readonly tooLarge?: TooLarge | undefined;
}

/** By what a run says for itself; where it says nothing, by its task. */
export interface TooLarge {
  readonly machines: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
  /** Tasks whose runs are to have more once a pass of theirs has died. */
  readonly afterDeath: ReadonlySet<string>;
}

/** Does a run ask for more than there is? */
export function isTooLarge(
  { task, machine, deaths }: Pick<Run, "task" | "machine" | "deaths">,
  than: TooLarge,
): boolean {
  if (deaths > 0 && than.afterDeath.has(task)) return true;
  return machine === undefined ? than.tasks.has(task) : than.machines.has(machine);
}

function isElsewhere(run: Run, { long, tooLarge }: Elsewhere): boolean {
  if (long.has(run.task)) return run.turn === "called";
  return tooLarge !== undefined && isTooLarge(run, tooLarge);
}

/** A store that claims unseen. `hash`: of the code that the run has to be pinned to. */
export interface UnseenClaims {
  claimUnseen(
    runId: string,
    write: HeadWrite,
    hash: string,
    now: number,
    elsewhere?: Elsewhere,
  ): Promise<Written>;
}

/** In these, a run is to be left alone until its time. */
export const waitingStatuses: readonly RunStatus[] = ["WAITING", "DELAYED"];

/** May this run be claimed unseen? DynamoDB says the same as an expression. */
export function isToBeClaimed(run: Run, hash: string, now: number, elsewhere?: Elsewhere): boolean {
  const { wakeAt = Number.POSITIVE_INFINITY } = run;
  // A lease that has ended is a death, which has to be counted before.
  if (run.owner !== undefined || !isSameCode(run.codeVersion, hash)) return false;
  if (elsewhere !== undefined && isElsewhere(run, elsewhere)) return false;
  return !waitingStatuses.includes(run.status) || wakeAt <= now;
}

/** The claim of `owner`: refused whoever has or had a lease. */
export function unseenClaim(
  owner: string,
  now: number,
  leaseMs: number,
  queues?: Queues,
  secretVersion?: string,
): HeadWrite {
  const write = claim(owner, now, now + leaseMs, queues, secretVersion);
  return { ...write, when: { ...write.when, leaseFreeAt: 0 } };
}

/** The store of a pass whose claim has been made: it answers the pass's own with that, once. */
export function withClaim<S extends Store>(store: S, claimed: Run): S {
  let made: Written | undefined = { applied: true, run: claimed };
  return {
    ...store,
    async write(runId, write) {
      const answer = write.event === "claimed" ? made : undefined;
      if (answer === undefined) return store.write(runId, write);
      made = undefined;
      return answer;
    },
  };
}
