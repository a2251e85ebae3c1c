/** The two ways in which a value is refused as a whole: HF301. */
import { HoldfastError } from "./errors.ts";

/** `path` is something that no journal can keep, and whoever gave it can do better. */
export function refused(kind: string, path: string): HoldfastError {
  const where = path === "" ? `The value is a ${kind}` : `"${path}" is a ${kind}`;
  const fix =
    kind === "promise"
      ? "Await it first."
      : kind.includes("Key")
        ? "Make and export it in one step, and import it where it is used."
        : "Return data instead, or wrap the call that makes it in live().";
  return new HoldfastError("HF301", `${where}, which a journal cannot keep.`, fix);
}

/** Reading the value threw. */
export function unreadable(cause: unknown): HoldfastError {
  if (!(cause instanceof RangeError) || !/call stack|string length/i.test(cause.message))
    return new HoldfastError(
      "HF301",
      "Reading the value threw an error.",
      "Its cause is below: return plain data instead, or mend the class's toJSON.",
      { cause },
    );
  return new HoldfastError(
    "HF301",
    "The value is nested too deeply or too large to be written as text.",
    "Return a flat list instead of a chain, or keep the value in a file or bucket and return where it is.",
    { cause },
  );
}
