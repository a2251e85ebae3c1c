/**
 * Tags that a run gets after its start: from its own code, and from outside.
 *
 * Owns:      how they are written: whoever writes says how often they had been changed, and begins again where somebody was faster.
 * Invariant: none is lost, and a run's own code sees those of its start and what it has added itself, in each pass alike:
 *            `firstTags` stays what the first pass found.
 */
import { HoldfastError } from "./errors.ts";
import type { HeadWrite, Lease } from "./head-write.ts";
import type { Ports, Store } from "./ports.ts";
import { type Run, statusesBefore } from "./run.ts";

/** A run has at most so many. */
const mostTags = 10;

type Tagged = Pick<Run, "id" | "tags">;

const together = (run: Pick<Run, "tags">, more: readonly string[]): readonly string[] => [
  ...new Set([...run.tags, ...more]),
];

/** Puts tags in place of a run's own, if nobody has changed them since `run` was read. */
function changeTags(run: Run, now: number, tags: readonly string[], lease?: Lease): HeadWrite {
  const { epoch, firstTags, tagEdits = 0 } = run;
  const byWhom = lease === undefined ? { epoch } : { epoch: lease.epoch, owner: lease.owner };
  // What it was started with is what a pass has found: until there is one, that is open.
  const hasBegun = lease !== undefined || epoch > 0;
  return {
    event: "tagged",
    when: { status: lease === undefined ? statusesBefore("tagged") : ["EXECUTING"], tagEdits, ...byWhom },
    set: {
      tags,
      tagEdits: tagEdits + 1,
      updatedAt: now,
      ...(hasBegun && firstTags === undefined ? { firstTags: run.tags } : {}),
    },
  };
}

/** Adds tags for the pass with this lease. Gives the run as it is then; undefined: the pass has been superseded. */
export async function addOwnTags(
  store: Store,
  known: Run,
  now: number,
  more: readonly string[],
  lease: Lease,
): Promise<Run | undefined> {
  for (let head = known; ; ) {
    const tags = allowedTags(head, more);
    if (tags.length === head.tags.length) return head;
    const { applied, run } = await store.write(lease.runId, changeTags(head, now, tags, lease));
    if (applied) return run;
    if (run?.epoch !== lease.epoch || run.owner !== lease.owner) return undefined;
    head = run;
  }
}

/** Adds tags from outside; gives those that are new, or undefined where there is no such run. @throws HoldfastError HF510 */
export async function addTags(
  { store, clock }: Pick<Ports, "store" | "clock">,
  runId: string,
  more: readonly string[],
): Promise<readonly string[] | undefined> {
  for (let head = await store.read(runId); head !== undefined; ) {
    const fresh = allowedTags(head, more).slice(head.tags.length);
    const { addedTags = [], status } = head;
    // Triggers that join a run which waits for its start take away the tags of those before, and no others.
    const added = status === "DELAYED" ? together({ tags: addedTags }, more) : addedTags;
    if (fresh.length === 0 && added.length === addedTags.length) return fresh;
    const { event, when, set } = changeTags(head, clock.now(), together(head, fresh));
    const kept = added.length === addedTags.length ? {} : { addedTags: added };
    const { applied, run } = await store.write(runId, { event, when, set: { ...set, ...kept } });
    if (applied) return fresh;
    head = run;
  }
  return undefined;
}

/** The tags of a run together with these. @throws HoldfastError HF510 for more than it may have */
export function allowedTags(run: Tagged, more: readonly string[]): readonly string[] {
  const tags = together(run, more);
  if (tags.length <= mostTags) return tags;
  throw new HoldfastError(
    "HF510",
    `Run ${run.id} would have ${tags.length} tags.`,
    `A run has at most ${mostTags}: it has ${run.tags.length}, and nothing was added.`,
  );
}
