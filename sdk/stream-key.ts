/**
 * Which stream a call writes to, and what.
 */

/** The options of Trigger.dev's calls, which stand where a chunk may. */
const isOptions = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("target" in value || "requestOptions" in value);

/** The stream's key, and what is behind it: `bound`, or in front of the others. Without a key it is `default`, as there. */
export function keyed([bound, ...args]: readonly unknown[]): readonly [string, unknown, unknown] {
  if (typeof bound === "string") return [bound, args[0], args[1]];
  const isNamed = typeof args[0] === "string" && args.length > 1 && !isOptions(args[1]);
  return isNamed ? [args[0] as string, args[1], args[2]] : ["default", args[0], args[1]];
}
