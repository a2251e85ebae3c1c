/**
 * The query of a list: filters and paging, in Trigger.dev's long form and a short one.
 *
 * Long: `filter[status]=FAILED,CRASHED&filter[createdAt][period]=1d&page[size]=50` (several values at one comma).
 * Short: `status=FAILED&status=CRASHED&task=a,b&limit=50` (a value is taken as it is; give the name again for several).
 *
 * Invariant: a filter that is not understood is refused, never left out: a list must not show more than was asked for.
 */
import type { Context } from "hono";
import * as z from "zod";
import { type MachineName, machines } from "../engine/machines.ts";
import type { AskedMachines, RunQuery, Store } from "../engine/ports.ts";
import { allStatuses, type RunStatus } from "../engine/run.ts";
import { durationMs, instantMs } from "../sdk/duration.ts";
import type { TaskListing } from "./deps.ts";
import { checked, FormError } from "./problem.ts";

/** Short names and what they stand for. */
const longNames: Readonly<Record<string, string>> = {
  status: "filter[status]",
  task: "filter[taskIdentifier]",
  taskIdentifier: "filter[taskIdentifier]",
  tag: "filter[tag]",
  // As Trigger.dev's client names it in a list of tokens.
  "filter[tags]": "filter[tag]",
  batch: "filter[batch]",
  schedule: "filter[schedule]",
  version: "filter[version]",
  queue: "filter[queue]",
  machine: "filter[machine]",
  bulkAction: "filter[bulkAction]",
  idempotencyKey: "filter[idempotencyKey]",
  isTest: "filter[isTest]",
  text: "filter[text]",
  from: "filter[createdAt][from]",
  to: "filter[createdAt][to]",
  period: "filter[createdAt][period]",
  limit: "page[size]",
  after: "page[after]",
  before: "page[before]",
};

const listed = new Set([
  "filter[status]",
  "filter[taskIdentifier]",
  "filter[tag]",
  "filter[batch]",
  "filter[schedule]",
  "filter[version]",
  "filter[queue]",
  "filter[machine]",
]);

const texts = z.array(z.string().min(1, "Must not be empty.")).optional();
const status = z.enum(
  allStatuses as [RunStatus, ...RunStatus[]],
  `Must be one of ${allStatuses.join(", ")}.`,
);
const one = z
  .tuple([z.string()], "Give it once.")
  .transform(([text]) => text)
  .optional();
const longestText = 200;
const searched = one.refine(
  (text) => text === undefined || (text !== "" && text.length <= longestText),
  `Must be a text of 1 to ${longestText} characters.`,
);
const isTrue = one.transform((text, context) => {
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  context.addIssue({ code: "custom", message: "Must be true or false." });
  return z.NEVER;
});
const size = one.transform((text, context) => {
  const number = text === undefined ? 25 : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number;
  context.addIssue({ code: "custom", message: "Must be a whole number from 1 to 100." });
  return z.NEVER;
});

/** A machine that there is. */
export const machineName = z.enum(
  Object.keys(machines) as [MachineName, ...MachineName[]],
  `Must be one of ${Object.keys(machines).join(", ")}.`,
);

const paging = { "page[size]": size, "page[after]": one, "page[before]": one };
const filters = {
  "filter[taskIdentifier]": texts,
  "filter[tag]": texts,
  "filter[batch]": texts,
  "filter[schedule]": texts,
  "filter[version]": texts,
  "filter[queue]": texts,
  "filter[machine]": z.array(machineName).optional(),
  "filter[bulkAction]": one,
  "filter[idempotencyKey]": texts,
  "filter[isTest]": isTrue,
  "filter[text]": searched,
  "filter[createdAt][from]": one,
  "filter[createdAt][to]": one,
  "filter[createdAt][period]": one,
  ...paging,
};
/** What the query of a list of runs may be. */
export const runsForm = z.strictObject({ "filter[status]": z.array(status).optional(), ...filters });
/** That of a list that has no status filter. */
export const deadLettersForm = z.strictObject(filters);

/** The query by long names: several values of a list are put together. */
function byLongName(c: Context): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [given, value] of new URL(c.req.url).searchParams) {
    const name = Object.hasOwn(longNames, given) ? (longNames[given] ?? given) : given;
    const values = given.startsWith("filter[") && listed.has(name) ? value.split(",") : [value];
    found.set(name, [...(found.get(name) ?? []), ...values]);
  }
  return Object.fromEntries(found);
}

/** A date of the query: Unix milliseconds or ISO. */
function dateMs(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (/^\d{4}-/.test(text)) return instantMs(text, 0);
  const message = "Must be an ISO date with a time zone, or Unix milliseconds.";
  throw new FormError(`The query does not have the expected form. ${name}: ${message}`, "Correct it.", [
    { path: name, message },
  ]);
}

/** Fields that exclude each other. @throws FormError HF207 */
function cannotStandTogether(path: string, other: string, fix: string): never {
  const issue = { path, message: `Cannot stand together with ${other}.` };
  throw new FormError(`${issue.path}: ${issue.message}`, fix, [issue]);
}

/** Machines, and what tasks ask for now: a run whose trigger has named none is on that. */
export function askedMachines(names: readonly string[], tasks: readonly TaskListing[]): AskedMachines {
  const ofTasks = tasks.flatMap(({ id, machine: own }) => (own === undefined ? [] : [[id, own] as const]));
  return { names, ofTasks: Object.fromEntries(ofTasks) };
}

/** What a list is of. */
export interface Listing {
  /** The statuses of a list that has no status filter. */
  readonly only?: readonly RunStatus[];
  /** Other names of statuses. */
  readonly named?: Readonly<Record<string, RunStatus>>;
  /** The tasks of now. */
  readonly tasks?: readonly TaskListing[];
}

/**
 * What to list.
 * @throws FormError HF207, HoldfastError HF508.
 */
export function listQuery(c: Context, now: number, { only, named = {}, tasks = [] }: Listing = {}): RunQuery {
  const given = byLongName(c);
  const statuses = given["filter[status]"];
  if (statuses !== undefined) given["filter[status]"] = statuses.map((name) => named[name] ?? name);
  const query: z.infer<typeof runsForm> =
    only === undefined ? checked(runsForm, given, "query") : checked(deadLettersForm, given, "query");
  const period = query["filter[createdAt][period]"];
  const from = dateMs("filter[createdAt][from]", query["filter[createdAt][from]"]);
  if (period !== undefined && from !== undefined)
    cannotStandTogether("filter[createdAt][period]", "from", "Give either a period or a date to begin from.");
  const { "page[after]": after, "page[before]": before, "filter[machine]": names } = query;
  if (after !== undefined && before !== undefined)
    cannotStandTogether("page[before]", "after", "Give one cursor.");
  const fields = {
    status: only ?? query["filter[status]"],
    task: query["filter[taskIdentifier]"],
    tag: query["filter[tag]"],
    batch: query["filter[batch]"],
    schedule: query["filter[schedule]"],
    version: query["filter[version]"],
    queue: query["filter[queue]"],
    idempotencyKey: query["filter[idempotencyKey]"],
    machine: names === undefined ? undefined : askedMachines(names, tasks),
    bulkAction: query["filter[bulkAction]"],
    isTest: query["filter[isTest]"],
    text: query["filter[text]"],
    from: period === undefined ? from : now - durationMs(period),
    to: dateMs("filter[createdAt][to]", query["filter[createdAt][to]"]),
    after,
    before,
  };
  const asked = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(asked), limit: query["page[size]"] };
}

/** Where the pages around this one begin: `next` is given as `after`, `previous` as `before`. */
interface Pagination {
  readonly next?: string;
  readonly previous?: string;
}

/**
 * A page of runs, each as `view` shows it.
 * @throws FormError HF207 for a cursor that is no run.
 */
export async function page<T>(
  store: Store,
  query: RunQuery,
  view: (run: Awaited<ReturnType<Store["list"]>>["runs"][number]) => T,
) {
  const { before, after = before } = query;
  if (after !== undefined && (await store.read(after)) === undefined) {
    const issue = {
      path: before === undefined ? "page[after]" : "page[before]",
      message: "No list has given this cursor, or its run has been deleted since.",
    };
    throw new FormError(`${issue.path}: ${issue.message}`, "Begin again without a cursor.", [issue]);
  }
  const { runs, next } = await store.list(query);
  const [first, last] = [after === undefined ? undefined : runs[0]?.id, runs.at(-1)?.id];
  const around = before === undefined ? { next, previous: first } : { next: last, previous: next };
  const there = Object.entries(around).filter(([, cursor]) => cursor !== undefined);
  const pagination: Pagination = Object.fromEntries(there);
  return { data: runs.map(view), pagination };
}
