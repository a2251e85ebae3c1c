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

const together = (run: Run, more: readonly string[]): readonly string[] => [
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
    const tags = allowed(head, more);
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
    const fresh = allowed(head, more).slice(head.tags.length);
    if (fresh.length === 0) return fresh;
    const { applied, run } = await store.write(runId, changeTags(head, clock.now(), together(head, fresh)));
    if (applied) return fresh;
    head = run;
  }
  return undefined;
}

function allowed(run: Run, more: readonly string[]): readonly string[] {
  const tags = together(run, more);
  if (tags.length <= mostTags) return tags;
  throw new HoldfastError(
    "HF510",
    `Run ${run.id} would have ${tags.length} tags.`,
    `A run has at most ${mostTags}: it has ${run.tags.length}, and nothing was added.`,
  );
}
