/**
 * An error as it is stored and shown to people, of whatever was thrown.
 *
 * Invariant: nothing here throws, however hostile the value is.
 */
import type { RunError } from "./run.ts";

export function read(value: unknown, key: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    return Reflect.get(value, key) as unknown;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  try {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return String(value);
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "A value that cannot be shown";
  }
}

const ownFrame = /^\s+at .*[\\/]holdfast[\\/](?:dist[\\/])?(?:engine|sdk|prepared)[\\/]/;
const stackLinesMax = 30;

/** A text with stacks in it, without Holdfast's own frames: what is left points at the author's code. */
export function withoutOwnFrames(text: string): string {
  const kept: string[] = [];
  for (const line of text.split("\n"))
    if (!ownFrame.test(line)) kept.push(line);
    // The console shows an error's properties behind its last frame.
    else if (line.endsWith(" {")) kept.push(`${kept.pop() ?? ""} {`);
  return kept.join("\n");
}

const authorsStack = (stack: string): string =>
  withoutOwnFrames(stack).split("\n").slice(0, stackLinesMax).join("\n");

/** How many errors behind an error are told. */
const causesMax = 3;

/** What is behind an error: `fetch failed` alone helps nobody. */
function causesOf(thrown: unknown): string | undefined {
  const causes: string[] = [];
  let cause = read(thrown, "cause");
  while (cause !== undefined && cause !== null && causes.length < causesMax) {
    const message = read(cause, "message");
    const name = read(cause, "name");
    // Node's error for a host with several addresses has no message, only a code.
    const told = typeof message === "string" ? message || textOf(read(cause, "code") ?? "") : textOf(cause);
    causes.push(
      typeof name === "string" && name !== "" && told !== "" ? `${name}: ${told}` : told || textOf(name),
    );
    cause = read(cause, "cause");
  }
  return causes.length === 0 ? undefined : causes.join(", because of ");
}

/** An error as it is stored and shown, of whatever was thrown. Never throws. */
export function toRunError(thrown: unknown): RunError {
  const message = read(thrown, "message");
  const name = read(thrown, "name");
  const isErrorLike = typeof message === "string";
  const stack = read(thrown, "stack");
  const code = read(thrown, "code");
  const cause = isErrorLike ? causesOf(thrown) : undefined;
  return {
    name: typeof name === "string" && name !== "" && isErrorLike ? name : "Error",
    message: isErrorLike ? message : textOf(thrown),
    ...(typeof stack === "string" && isErrorLike ? { stack: authorsStack(stack) } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
  };
}
