/**
 * Where in the author's code a unit was asked for, in the stack of its error. What fails behind an await of a library's
 * own has no line of the author's in its stack: the calls around it are over by then.
 *
 * Owns:      the lines that are added: the call, and the calls of the functions around it.
 * Never:     changes an error that is frozen or no Error, or says a place that the stack names already.
 */
import type { Frame } from "./frame.ts";
import type { Place } from "./record.ts";

/** How many calls are named. */
const callsMax = 10;

/** Adds the places to the error's stack. */
export function addPlace(error: unknown, frame: Frame, place: Place): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const { stack } = error;
  const lines: string[] = [];
  const add = ({ name, at }: Place): void => {
    const isThere = stack.includes(`${at}:`) || stack.includes(`${at})`);
    if (at !== "" && !isThere) lines.push(`    at await ${name} (${at})`);
  };
  add(place);
  for (let at: Frame | undefined = frame; at !== undefined && lines.length < callsMax; at = at.parent)
    if (at.calledAt !== undefined) add(at.calledAt);
  if (lines.length === 0) return;
  try {
    error.stack = [stack, ...lines].join("\n");
  } catch {
    // It is frozen: the record names the place all the same.
  }
}
