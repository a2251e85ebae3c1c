/**
 * Values that a run's code shares without handing them on: a middleware sets them, `run` and the hooks read them.
 *
 * They live in one process and are never recorded: what sets them is called in each pass.
 */
import { HoldfastError } from "../engine/errors.ts";
import { durable } from "./link.ts";

/** The key of a local, with the type of its value. */
export interface LocalsKey<T> {
  readonly id: string;
  /** Only for the compiler. */
  readonly __valueType?: T;
}

const plain = new Map<string, unknown>();

const get: <T>(key: LocalsKey<T>) => T | undefined = durable("locals.get", [], (key: LocalsKey<unknown>) =>
  plain.get(key.id),
) as never;

/**
 * The run's locals. Outside a run they are the process's.
 *
 * @example
 * ```ts
 * import { locals, task, tasks } from "holdfast";
 *
 * const region = locals.create<string>("region");
 *
 * tasks.middleware("region", async ({ next }) => {
 *   locals.set(region, "eu-central-1");
 *   await next();
 * });
 *
 * export const where = task({ id: "where", run: async () => locals.getOrThrow(region) });
 * ```
 */
export const locals = {
  /** A key for a value. Keys with the same id are the same. */
  create: <T>(id: string): LocalsKey<T> => ({ id }),
  /** Sets the value of this run, and gives it. */
  set: durable("locals.set", [], <T>(key: LocalsKey<T>, value: T): T => {
    plain.set(key.id, value);
    return value;
  }),
  /** The value, or undefined where none was set. */
  get,
  /** The value. @throws HoldfastError HF501 where none was set */
  getOrThrow: <T>(key: LocalsKey<T>): T => {
    const value = get(key);
    if (value !== undefined) return value;
    const fix = "Set it with locals.set() in a middleware, or before it is read.";
    throw new HoldfastError("HF501", `The local "${key.id}" was not set in this run.`, fix);
  },
};
