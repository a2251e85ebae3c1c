/**
 * P9: changes that people make to a task between its failure and its resume.
 *
 * Each row: the task body before (it fails with "bug"), the body after, which outside calls the resume may make, and how it
 * ends. `act` and `pay` are outside calls: they give what they were given.
 */

/** A change of a task's code, and what the resumed run has to do with it. */
export interface Edit {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Calls that the resumed run makes, in any order; all others were made before, and are not made again. */
  readonly makes: readonly string[];
  /** What it ends with; `HF315`: it stops, and asks. */
  readonly gives: unknown;
  /** What comes of the answers, given until nothing is asked any more: calls that are made, and how it ends. */
  readonly redone?: readonly [makes: readonly string[], gives: unknown];
  readonly kept?: readonly [makes: readonly string[], gives: unknown];
}

/** A body that runs between the task's braces; helpers stand above the task. */
export const run = (body: string, helpers = ""): string => `${helpers}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async (input: { xs: string[]; n: number }) => {
${body}
} });`;

export const child = `export const child = task({ id: "child", run: async ({ of }: { of: string }) => await outside.act(of) });`;
export const bug = `throw new Error("bug");`;
export const two = `const a = await outside.act("a");\n  const b = await outside.pay("b", 5);`;
