/**
 * Waits that cost nothing: the run is put away and goes on at its time, in this process or another.
 */
import type { DurationParts } from "./duration.ts";
import { durable } from "./link.ts";
import { onlyInside } from "./task.ts";

/** The waits of a run. Any number may be pending at once, also under `Promise.all`. */
export const wait = {
  /**
   * Waits for a while: `wait.for({ days: 3 })`, `wait.for("90s")`.
   * @throws HoldfastError HF508 for what is no duration, HF501 outside a run.
   */
  for: durable("wait.for", [], (_duration: DurationParts | string): Promise<void> => onlyInside("wait.for")),
  /**
   * Waits until a time; one that has passed is no wait, unless `throwIfInThePast` is set.
   * @throws HoldfastError HF508 for what is no date, HF501 outside a run.
   */
  until: durable(
    "wait.until",
    [],
    (_options: { date: Date; throwIfInThePast?: boolean }): Promise<void> => onlyInside("wait.until"),
  ),
};
