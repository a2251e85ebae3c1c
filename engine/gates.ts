/**
 * The limits that a run is under: its queue's, and those that its task shares with other tasks. A run that is worked on has a
 * slot of each.
 *
 * Owns:      the order in which the slots are taken, and what a run has while it waits for the next one.
 * Invariant: G1 slots are taken in one order, the same for every run: no two wait for what the other has.
 *            G2 who waits for a slot keeps those before it: nobody has to find two limits free at the same time, so none starves.
 */
import type { Run } from "./run.ts";

/** Begins the names of tasks' own queues. Their slots are taken first: nobody but their task's runs waits for them. */
export const ofTask = "task/";

const rank = (name: string): string => `${name.startsWith(ofTask) ? 0 : 1}${name}`;

/** The queues that a run needs a slot of, in the order in which it takes them. */
export function gatesOf({ queue, limits }: Pick<Run, "queue" | "limits">): readonly string[] {
  if (queue === undefined) return [];
  if (limits === undefined) return [queue];
  return [...new Set([queue, ...limits])].sort(
    (a, b) => Number(rank(a) > rank(b)) - Number(rank(a) < rank(b)),
  );
}

/** The queue whose slot the run waits for, or takes first. */
export const waitsAt = (run: Pick<Run, "queue" | "limits" | "gate">): string | undefined =>
  run.limits === undefined ? run.queue : gatesOf(run)[run.gate ?? 0];

/** What a run has of a queue: a slot, or a place in line. One that keeps its slots for the next pass is called in all its queues. */
export function standsAt(run: Run, queue: string): "held" | Run["turn"] {
  const place = gatesOf(run).indexOf(queue);
  if (place < 0) return undefined;
  if (run.owner !== undefined || place < (run.gate ?? 0)) return "held";
  return run.gate === undefined || run.gate === place ? run.turn : undefined;
}

/** The run as it stands at each of the queues whose slot it has still to take. */
export function stagesOf(run: Run): readonly [Run, ...Run[]] {
  const gates = gatesOf(run);
  if (gates.length < 2) return [run];
  const { turn, gate: first = 0, ...rest } = run;
  const [own, ...others] = gates.slice(first).map((_, at): Run => {
    const hasTurn = turn !== undefined && (run.gate === undefined || at === 0);
    return { ...rest, gate: first + at, ...(hasTurn ? { turn } : {}) };
  });
  return own === undefined ? [run] : [own, ...others];
}
