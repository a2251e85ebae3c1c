/** How often `run` was entered, as people count: in the API's answers and in letters. */
import type { Run } from "../engine/run.ts";

/** Attempts begun so far: those that another one followed, and the one that is under way or has ended the run. */
export function attemptCount({ epoch, attempts }: Run): number {
  return epoch === 0 ? 0 : attempts + 1;
}
