/**
 * What the compiler knows of a task, taken out of its type.
 */
import type { Task } from "./task.ts";

/** Any task: inference looks into it. */
export type AnyTask = { readonly id: string; readonly trigger: (...args: never[]) => unknown };

/** The id of a task: `TaskIdentifier<typeof order>`. */
export type TaskIdentifier<T> = T extends Task<infer Id, infer _P, infer _O> ? Id : string;

/** What a task takes; of one with a schema, what the schema takes. Of a task that is not named: anything. */
export type TaskPayload<T> = T extends Task<string, infer P, infer _O> ? P : unknown;

/** What a task gives. */
export type TaskOutput<T> = T extends Task<string, infer _P, infer O> ? O : unknown;
