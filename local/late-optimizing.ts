/**
 * V8 optimizes a function once it has been at work for a while, on a thread beside the program's. A supervisor does a little for each request, by
 * many functions: a thousand requests at once had hundreds of them optimized at a time when all processors were wanted, and few of them were worth it
 * (docs/decisions/0053-first-thousand.md).
 *
 * Never: is used in a process that runs an author's code: what that is worth optimizing is not for us to say.
 */
import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode that a function goes through before it is looked at: four times V8's own figure. */
const budget = 4 * 66 * 1024;

/** The engine of Node 20. Later ones know no such figure, and have a compiler between that costs little. */
const isKnown = process.versions.v8.startsWith("11.");

/** From now on this process optimizes a function four times later than it would: what is really at work all the time, still soon. */
export function optimizeLate(): void {
  if (isKnown) setFlagsFromString(`--interrupt-budget=${budget}`);
}
