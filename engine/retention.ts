/**
 * For how long a run is kept that has ended: by rules, the most exact of which counts.
 *
 * Owns:      the form of the rules, which one counts, and what is wrong with one.
 * Invariant: an open run is kept, whatever the rules say: they count from a run's end.
 */
import { allStatuses, isFinished, type Run, type RunStatus } from "./run.ts";

/**
 * Days by `"default"`, a status (`"FAILED"`), a task's id, or both (`"send-mail/FAILED"`); 1 to 3650, or `"forever"`.
 *
 * @example
 * ```ts
 * const rules: RetentionRules = { default: 30, FAILED: 90, "send-mail": 7, "send-mail/FAILED": "forever" };
 * ```
 */
export type RetentionRules = Readonly<Record<string, number | "forever">>;

/** Rules, at work. Times are milliseconds; `Infinity` is for ever. */
export interface Retention {
  /** How long a run is kept behind its end. */
  keptMs(run: Pick<Run, "task" | "status">): number;
  /** The shortest time that any rule gives: what is younger need not be looked at. */
  readonly leastMs: number;
}

const dayMs = 86_400_000;
const mostDays = 3_650;
const ends: readonly string[] = allStatuses.filter(isFinished);

/** What a run is kept for where no rule says anything else. */
export const usualDays = 30;

/** What is wrong with rules, as a sentence; undefined: nothing. */
export function wrongRule(rules: RetentionRules): string | undefined {
  for (const [name, days] of Object.entries(rules)) {
    const status = name.slice(name.lastIndexOf("/") + 1);
    if ((allStatuses as readonly string[]).includes(status) && !ends.includes(status))
      return `The rule "${name}" is for runs that are open: ${status} is no end. The ends are ${ends.join(", ")}.`;
    if (days === "forever" || (Number.isInteger(days) && days >= 1 && days <= mostDays)) continue;
    return `The rule "${name}" says ${days}. A rule is a whole number of days from 1 to ${mostDays}, or forever.`;
  }
  return undefined;
}

const inMs = (days: number | "forever"): number =>
  days === "forever" ? Number.POSITIVE_INFINITY : days * dayMs;

/** Puts rules to work. A rule for a task and a status goes before one for the task, that before one for the status. */
export function retentionOf(rules: RetentionRules): Retention {
  const days = { default: usualDays, ...rules };
  const found = new Map(Object.entries(days).map(([name, each]) => [name, inMs(each)]));
  const usual = found.get("default") ?? inMs(usualDays);
  return {
    keptMs: ({ task, status }: { readonly task: string; readonly status: RunStatus }) =>
      found.get(`${task}/${status}`) ?? found.get(task) ?? found.get(status) ?? usual,
    leastMs: Math.min(...found.values()),
  };
}

/**
 * Rules as a text: `"30"`, `"forever"`, `"30, FAILED=90, send-mail=7, send-mail/FAILED=forever"`. What has no name is the
 * default. A task with a comma in its id cannot be named.
 */
export function rulesIn(text: string): RetentionRules {
  const parts = text.split(",").map((part) => part.trim());
  return Object.fromEntries(
    parts
      .filter((part) => part !== "")
      .map((part) => {
        const at = part.lastIndexOf("=");
        const days = part.slice(at + 1).trim();
        const given = days === "" ? Number.NaN : Number(days);
        return [at < 0 ? "default" : part.slice(0, at).trim(), days === "forever" ? days : given] as const;
      }),
  );
}
