/**
 * The schedule of a task, read from its source: the code that starts its runs does not load the author's.
 *
 * Owns:      what `cron` may be, and how its mistakes are told.
 * Invariant: a schedule that is given out has a time to come, by the same rules as `functions/cron.ts` finds it.
 */
import { Cron } from "croner";
import type { Node, ObjectExpression } from "./ast.ts";
import { propertyName, unwrap } from "./ast.ts";
import { objectOf, property, textOf } from "./literals.ts";
import { report, type Work } from "./work.ts";

/** When a task runs by itself. Empty: it has no times of its own, and gets them by calls of `schedules.create`. */
export interface FoundSchedule {
  /** Five fields of cron, or a name such as `@daily`. */
  readonly cron?: string;
  /** The name of a time zone. */
  readonly timezone?: string;
  /** Where it counts; absent: everywhere. */
  readonly environments?: readonly string[];
}

const example =
  'Write `cron: "0 9 * * MON"`, or `cron: { pattern: "0 9 * * MON", timezone: "Europe/Berlin" }`.';
const known: readonly (string | undefined)[] = ["pattern", "timezone", "environments", "window"];

/** Trigger.dev's kinds of environments. */
const kinds: readonly (string | undefined)[] = ["DEVELOPMENT", "STAGING", "PRODUCTION", "PREVIEW"];

/** The schedule in the options of `schedules.task`; undefined where it was refused. */
export function scheduleOf(work: Work, options: ObjectExpression): FoundSchedule | undefined {
  const found = property(options, "cron");
  if (found === undefined) return {};
  const plain = textOf(work, found.value);
  if (plain !== undefined) return checked(work, found.value, plain, found.value, "UTC");
  const parts = objectOf(work, found.value);
  if (parts === undefined)
    return refuse(work, found.node, "The times of this schedule cannot be read in the source.");
  const strange = parts.properties.find(
    (item) => item.type !== "Property" || !known.includes(propertyName(item.key, item.computed)),
  );
  if (strange !== undefined)
    return refuse(work, strange, "A schedule has a `pattern`, a `timezone` and `environments`, no more.");
  const environments = environmentsOf(work, parts);
  if (environments === "refused") return undefined;
  const schedule = timesOf(work, parts);
  return schedule && (environments === undefined ? schedule : { ...schedule, environments });
}

/** When it starts runs, in an object that has nothing strange. */
function timesOf(work: Work, parts: ObjectExpression): FoundSchedule | undefined {
  const window = property(parts, "window");
  if (window !== undefined && textOf(work, window.value) !== "0m")
    return refuse(work, window.node, 'Runs start at their time: the only `window` is "0m".');
  const pattern = property(parts, "pattern");
  const timezone = property(parts, "timezone");
  const cron = pattern && textOf(work, pattern.value);
  const zone = timezone === undefined ? "UTC" : textOf(work, timezone.value);
  if (pattern === undefined || cron === undefined)
    return refuse(
      work,
      pattern?.node ?? parts,
      "The `pattern` of this schedule cannot be read in the source.",
    );
  if (zone === undefined)
    return refuse(
      work,
      timezone?.node ?? parts,
      "The `timezone` of this schedule cannot be read in the source.",
    );
  return checked(work, pattern.value, cron, timezone?.value ?? parts, zone);
}

/** Where the schedule counts; undefined: everywhere. */
function environmentsOf(work: Work, parts: ObjectExpression): readonly string[] | undefined | "refused" {
  const found = property(parts, "environments");
  if (found === undefined) return undefined;
  const list = unwrap(found.value);
  const elements = list.type === "ArrayExpression" ? list.elements : [null];
  const names = elements.map((element) => (element === null ? undefined : textOf(work, element)));
  const known = names.flatMap((name) => (name !== undefined && kinds.includes(name) ? [name] : []));
  if (known.length === names.length && known.length > 0) return known;
  const what =
    "The `environments` of this schedule are no list of DEVELOPMENT, STAGING, PRODUCTION and PREVIEW.";
  report(work, "HF118", found.node, what, 'Write `environments: ["PRODUCTION"]`, or leave it out.');
  return "refused";
}

function refuse(work: Work, node: Node, what: string): undefined {
  report(work, "HF118", node, what, example);
  return undefined;
}

function checked(
  work: Work,
  patternAt: Node,
  cron: string,
  zoneAt: Node,
  timezone: string,
): FoundSchedule | undefined {
  if (!isZone(timezone)) {
    const fix = 'Use a name of the IANA list, such as "Europe/Berlin" or "UTC".';
    report(work, "HF119", zoneAt, `There is no time zone "${timezone}".`, fix);
    return undefined;
  }
  const problem = problemOf(cron, timezone);
  if (problem === undefined) return { cron, timezone };
  const fix =
    'Write five fields: minute, hour, day of month, month, day of week. "0 9 * * MON" is 9:00 on Mondays.';
  report(work, "HF119", patternAt, problem, fix);
  return undefined;
}

/** Offsets such as `+02:00` are no zones: nobody could say when their clocks are put forward. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The times of a pattern in a zone behind a moment, in Unix milliseconds: for tests; `functions/cron.ts` plans by them. */
export function upcomingTimes(pattern: string, timezone: string, after: number, count: number): Date[] {
  return cronOf(pattern, timezone).nextRuns(count, new Date(after));
}

const cronOf = (pattern: string, timezone: string): Cron =>
  new Cron(pattern, { mode: "5-part", fixedTimeRule: "no-wildcard", timezone });

function problemOf(pattern: string, timezone: string): string | undefined {
  // croner would take a date for a pattern, too.
  if (!pattern.startsWith("@") && pattern.trim().split(/\s+/).length !== 5)
    return `"${pattern}" is no cron pattern of five fields.`;
  try {
    return cronOf(pattern, timezone).nextRun() === null ? `"${pattern}" never comes.` : undefined;
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^Cron\w+: /, "");
    return `"${pattern}" is no cron pattern: ${why.replace(/\.?$/, ".")}`;
  }
}
