/**
 * Makes a schedule that fails smaller: faults and runs are left out as long as it still fails.
 */
import type { Schedule } from "./schedule.ts";

type Fails = (schedule: Schedule) => Promise<boolean>;

/** Leaves out as many of a list's members as it can: large parts first, then one by one. */
async function without<T>(
  list: readonly T[],
  fails: (rest: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = list;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (rest.length < kept.length && (await fails(rest))) kept = rest;
      else at += size;
    }
  }
  return kept;
}

/** The smallest schedule that was found to fail as well. */
export async function shrink(schedule: Schedule, fails: Fails): Promise<Schedule> {
  let small = schedule;
  for (let before = Number.POSITIVE_INFINITY; before > sizeOf(small); ) {
    before = sizeOf(small);
    const faults = await without(small.faults, (rest) => fails({ ...small, faults: rest }));
    small = { ...small, faults };
    const items = await without(small.items, (rest) => fails({ ...small, items: rest }));
    small = { ...small, items };
  }
  return small;
}

const sizeOf = ({ faults, items }: Schedule): number => faults.length + items.length;
