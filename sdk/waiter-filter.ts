/**
 * The filter of a waiter's own: read when the waiter is made, in a run and by the server alike.
 */
import { HoldfastError } from "../engine/errors.ts";
import { parseFilter } from "../filters/parse.ts";
import type { Filter } from "../filters/passes.ts";

const longest = 4096;

/** The filter as data; undefined where none is given. @throws HoldfastError HF510 that says what is wrong with it */
export function waiterFilterOf(text: unknown): Filter | undefined {
  if (text === undefined) return undefined;
  const fix = "Write it as a string: `filter: \"event.type == 'invoice.paid'\"`.";
  const refuse = (why: string): never => {
    throw new HoldfastError("HF510", `The filter of this waiter is not valid: ${why}.`, fix);
  };
  if (typeof text !== "string") return refuse("it is no text");
  if (text.length > longest) return refuse(`it has more than ${longest} characters`);
  try {
    return parseFilter(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
