/**
 * Which runs are a bulk action's: those that it has made, and those that it has canceled.
 *
 * Invariant: it is told by the run's head alone.
 */
import { hashText } from "./hash.ts";
import type { Run } from "./run.ts";

/** The id of the run that an action makes of another. */
export const replayId = (action: string, id: string): string => `run_${hashText(`${action} ${id}`, 24)}`;

/** Has the action made this run? */
export const isMadeBy = (action: string, { id, replayOf }: Pick<Run, "id" | "replayOf">): boolean =>
  replayOf !== undefined && id === replayId(action, replayOf);

/** Has it made it, or canceled it? */
export const isOfBulkAction = (run: Run, action: string): boolean =>
  run.canceledBy === action || isMadeBy(action, run);
