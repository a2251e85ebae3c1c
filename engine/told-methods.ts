/**
 * Where a promise that lost methods is told of: where first runs are, on one machine and in tests (`lost-methods.ts`).
 */
import type * as lostMethods from "./lost-methods.ts";

let telling: typeof lostMethods | undefined;

/** From here on it is told. In AWS nobody asks for this: the code is left out of a dispatcher's start. */
export async function tellLostMethods(): Promise<void> {
  telling ??= await import("./lost-methods.ts");
}

/** What tells; undefined where nobody does. */
export const toldMethods = (): typeof lostMethods | undefined => telling;
