/** What a run waits for, in words. */
import type { RunRow } from "./api.ts";

const words: Readonly<Record<string, (count: number) => string>> = {
  timer: (count) => (count === 1 ? "for its wait to end" : `for ${count} waits to end`),
  child: (count) => (count === 1 ? "for a child run to end" : `for ${count} child runs to end`),
  token: (count) => (count === 1 ? "for a token" : `for ${count} tokens`),
  message: (count) => (count === 1 ? "for a message" : `for ${count} messages`),
  retry: (count) => (count === 1 ? "to try again" : `to try ${count} awaits again`),
};

/** Undefined where it waits for nothing. */
export function waitingText({ waitingFor }: Pick<RunRow, "waitingFor">): string | undefined {
  if (waitingFor === undefined) return undefined;
  return words[waitingFor.kind]?.(waitingFor.count) ?? "for something";
}
