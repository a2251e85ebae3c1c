/**
 * How a call names a task: by its id, or by its object, which can check a payload.
 */
import type { Parse } from "./schema.ts";

/** A task by its object. */
export interface TaskRef {
  readonly id: string;
  /** Refuses a payload that does not fit the task's schema. What it gives is not used: `run` gets it parsed anew. */
  readonly check: Parse | undefined;
}

/** Either form as the longer one. */
export const refOf = (ref: TaskRef | string): TaskRef =>
  typeof ref === "string" ? { id: ref, check: undefined } : ref;
