/**
 * Everything the build can say about an author's code: a stable code, the place, what is wrong and how to fix it.
 *
 * Owns:      the catalogue of build-time codes (HF1xx) and the printed form of a problem.
 *            Run-time codes are in `engine/errors.ts`.
 * Invariant: every code here has a page `docs/errors/<code>.md` and every page a code (a test ties them).
 */
import { Lines } from "./lines.ts";

/** Code to title. The title is the first line of the code's page. */
export const buildProblems = {
  HF101: "The file has a syntax error",
  HF103: "There is no place for this disposal",
  HF105: "This generator cannot be made durable",
  HF107: "The with statement is not supported",
  HF108: "Code made from text cannot be made durable",
  HF109: "The id of a task must be a string literal",
  HF110: "A function of a task was not found",
  HF111: "Two tasks have the same id",
  HF112: "This expression is too tangled to be made durable",
  HF113: "await is not allowed while a class is being set up",
  HF114: "An import could not be resolved",
  HF115: "The bundler reported an error",
  HF116: "No tasks were found",
  HF118: "The schedule of a task cannot be read",
  HF119: "The times of a schedule are not valid",
  HF120: "The trigger.config cannot be read",
  HF121: "A webhook cannot be read",
  HF122: "The methods of this promise are lost",
  HF130: "These promises are never awaited",
  HF131: "This reads a source that changes between passes",
  HF132: "This callback is one unit with its call",
  HF133: "Module state is changed inside a function",
  HF134: "This idempotency key belongs to no call",
  HF135: "The types of decorated members are not there at run time",
  HF136: "Some of the trigger.config has no effect here",
  HF137: "This catch runs with each attempt that fails",
  HF138: "This stream is another one after a crash",
  HF139: "This call has no record of its own",
  HF140: "This database is empty after a crash",
  HF141: "A copy of an error is compared with the error itself",
  HF142: "Nothing divides the time of this task",
  HF143: "Behind a crash nobody fills this stream again",
} as const;

/** A build-time code. */
export type ProblemCode = keyof typeof buildProblems;

/** Errors stop the build; warnings and infos are shown. */
export type Severity = "error" | "warning" | "info";

/** Something the build has to say about a place in the source. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** POSIX path relative to the project root; empty if the problem is no file's. */
  readonly file: string;
  /** 1-based; 0 if the problem has no place. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** What to do, one sentence. */
  readonly fix: string;
  /** The lines around the place, with a caret; empty without a place. */
  readonly frame: string;
}

/** Where and what, for `problemAt`. */
export interface ProblemPlace {
  readonly file: string;
  readonly source: string;
  readonly start: number;
  readonly end?: number;
}

const SEVERITIES: Partial<Record<ProblemCode, Severity>> = {
  HF130: "warning",
  HF131: "warning",
  HF132: "info",
  HF133: "info",
  HF134: "warning",
  HF135: "warning",
  HF136: "warning",
  HF137: "warning",
  HF138: "warning",
  HF139: "warning",
  HF140: "warning",
  HF141: "warning",
  HF142: "warning",
  HF143: "warning",
};

/** Makes a problem at a place of a source. */
export function problemAt(code: ProblemCode, place: ProblemPlace, message: string, fix: string): Problem {
  const { line, column } = new Lines(place.source).at(place.start);
  const frame = codeFrame(place.source, line, column, (place.end ?? place.start + 1) - place.start);
  return { code, severity: SEVERITIES[code] ?? "error", file: place.file, line, column, message, fix, frame };
}

/** Makes a problem that has no place in a source. */
export function problemWithoutPlace(code: ProblemCode, message: string, fix: string, file = ""): Problem {
  return { code, severity: SEVERITIES[code] ?? "error", file, line: 0, column: 0, message, fix, frame: "" };
}

/** The printed form: code and title, place, frame, what and fix. */
export function formatProblem(problem: Problem): string {
  const at = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const head = `${problem.severity} ${problem.code}: ${buildProblems[problem.code]}`;
  const parts = [at === "" ? head : `${head}\n  at ${at}`];
  if (problem.frame !== "") parts.push(problem.frame);
  parts.push(`  ${problem.message}`, `  Fix: ${problem.fix}`);
  return parts.join("\n");
}

const LINES_AROUND = 2;
const LONGEST_LINE = 160;

/** The lines around a place, numbered, with a caret under it. */
export function codeFrame(source: string, line: number, column: number, length = 1): string {
  const lines = source.split(/\r?\n/);
  const first = Math.max(1, line - LINES_AROUND);
  const last = Math.min(lines.length, line + LINES_AROUND);
  const width = String(last).length;
  const out: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? "";
    const mark = number === line ? ">" : " ";
    out.push(`${mark} ${String(number).padStart(width)} | ${text.slice(0, LONGEST_LINE)}`.trimEnd());
    if (number !== line) continue;
    const pad = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    const carets = "^".repeat(Math.max(1, Math.min(length, text.length - column + 1)));
    out.push(`  ${" ".repeat(width)} | ${pad}${carets}`);
  }
  return out.join("\n");
}
