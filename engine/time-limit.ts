/**
 * The time that a step's policy gives one try.
 */
import { HoldfastError } from "./errors.ts";
import type { Clock } from "./ports.ts";
import type { Making } from "./unit-making.ts";

/** The try, or HF312 once its time is over. */
export function limited(
  attempt: Promise<unknown>,
  { timeoutMs, place }: Making,
  clock: Clock,
): Promise<unknown> {
  if (timeoutMs === undefined) return attempt;
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeoutMs, () =>
      reject(
        new HoldfastError(
          "HF312",
          `${place.name} at ${place.at} took longer than ${timeoutMs} ms.`,
          "Raise its timeout, or let it do less.",
          { retryable: true },
        ),
      ),
    );
    attempt.then(resolve, reject).finally(stop);
  });
}
