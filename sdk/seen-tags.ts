/**
 * The tags that a run sees of itself: those it was started with, and what it has added so far.
 *
 * Owns:      `ctx.run.tags` of every context of an execution.
 * Invariant: they are the same at the same place in every pass, whatever the head says by then.
 */
import type { Execution } from "../engine/execution.ts";
import type { Run } from "../engine/run.ts";
import { type Context, contextOf } from "./context.ts";

interface Seen {
  tags: readonly string[];
  readonly contexts: { run: { tags: readonly string[] } }[];
}

const known = new WeakMap<Execution, Seen>();

/** Behind the end of `run` it is not entered again: there the head tells. */
function seenBy(execution: Execution): Seen {
  const { context, journal } = execution;
  const { tags, firstTags } = context.run;
  const found = known.get(execution) ?? {
    tags: journal.ended === undefined ? (firstTags ?? tags) : latestHead(context.run).tags,
    contexts: [],
  };
  known.set(execution, found);
  return found;
}

/** The head as the pass has last written tags to it: the one that it claimed does not tell. */
const written = new WeakMap<Run, Run>();

/** The head, as far as its pass knows. */
export const latestHead = (run: Run): Run => written.get(run) ?? run;

/** The run has got other tags. */
export const noteHead = (run: Run, head: Run): void => void written.set(run, head);

/** The context of an attempt or hook. */
export function contextIn(execution: Execution, run: Run, attempt: number): Context {
  const seen = seenBy(execution);
  const context = contextOf({ ...run, tags: seen.tags }, attempt, execution.now);
  seen.contexts.push(context);
  return context;
}

/** The run's code has got the answer that these were added. */
export function showTags(execution: Execution, more: readonly string[]): void {
  const seen = seenBy(execution);
  seen.tags = [...new Set([...seen.tags, ...more])];
  for (const { run } of seen.contexts) run.tags = seen.tags;
}
