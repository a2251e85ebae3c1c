/**
 * What can be wrong with a stack before it is deployed: a stable code, what happened, and what to do next.
 *
 * Owns:      the codes HF6xx.
 * Invariant: every code here has a page `docs/errors/<code>.md` (a test ties them).
 */

/** Code to title. The title is the first line of the code's page. */
export const infraProblems = {
  HF601: "A setting of the stack is not valid",
  HF602: "The task files could not be built for Lambda",
  HF603: "A package could not be installed for Lambda",
  HF604: "A package's compiled part is for another system",
  HF605: "A task needs a network",
} as const;

/** Thrown while a stack is put together, before anything is deployed. */
export class InfraError extends Error {
  override readonly name = "InfraError";
  readonly code: keyof typeof infraProblems;
  /** What to do next. */
  readonly fix: string;
  constructor(code: keyof typeof infraProblems, what: string, fix: string) {
    super(`${code} ${what} ${fix}`);
    this.code = code;
    this.fix = fix;
  }
}
