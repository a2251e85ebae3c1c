/**
 * The project's secrets, for tasks.
 */
import { HoldfastError } from "../engine/errors.ts";
import { environment } from "./config.ts";

/** The values that this bundle was loaded with; undefined where code runs by itself. */
function loaded(): Readonly<Record<string, string>> | undefined {
  if (typeof process === "undefined") return undefined;
  // A bundle's own `process` (`transform/bundle-process.ts`) has them.
  return Reflect.get(process, Symbol.for("holdfast.secrets")) as Readonly<Record<string, string>> | undefined;
}

/**
 * The value of a secret of the project, in the version that the run was started with: also at the top of a file, and in
 * helper functions. Without such a secret it is the environment variable of that name, as everywhere outside of a run.
 *
 * @throws HoldfastError HF551 where there is neither.
 * @example
 * ```ts
 * import { secret, task } from "holdfast";
 *
 * export const pay = task({
 *   id: "pay-with-secret",
 *   run: async (cents: number) => {
 *     const headers = { authorization: `Bearer ${secret("STRIPE_KEY")}` };
 *     const response = await fetch(`https://pay.example/charges?cents=${cents}`, { method: "POST", headers });
 *     return response.status;
 *   },
 * });
 * ```
 */
export function secret(name: string): string {
  const values = loaded();
  const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : environment(name);
  if (value !== undefined) return value;
  const names = Object.keys(values ?? {}).sort();
  const known = names.length === 0 ? "There are none yet." : `There are: ${names.join(", ")}.`;
  throw new HoldfastError(
    "HF551",
    `There is no secret "${name}". ${known}`,
    `On one machine: holdfast secrets set ${name}, or a line of .env. In AWS: a field of the project's secret.`,
  );
}
