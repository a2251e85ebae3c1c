/**
 * The route of a run's lines: what the author has logged in it.
 */
import type { Context, Hono } from "hono";
import type { KeptLine, RunLogs } from "../../engine/run-logs.ts";
import type { HttpDeps } from "../deps.ts";
import type { FoundLogs } from "../found-lines.ts";
import { errorFields } from "../log.ts";
import { propertiesIn } from "../log-line.ts";
import { cursorText, NotSearched } from "../log-search.ts";
import { LinesElsewhere } from "../problem.ts";
import { queryForm, queryOf, wholeNumber } from "../query.ts";
import { runOf } from "./runs.ts";

const limitMost = 1_000;
const manyLines = 1_000_000;

const asked = {
  limit: wholeNumber(1, limitMost).optional(),
  attempt: wholeNumber(1, manyLines).optional(),
};
const linesQuery = queryForm({ ...asked, after: wholeNumber(0, manyLines).optional() });
const searchQuery = queryForm({ ...asked, after: cursorText.optional() });

function view(line: KeptLine) {
  const { number, time, level, attempt, pass, message, isCut } = line;
  return {
    number,
    time: new Date(time).toISOString(),
    level,
    attempt,
    pass,
    try: line.try,
    message,
    properties: propertiesIn(line),
    isCut,
  };
}

const queryFor = (runId: string): string =>
  `fields @timestamp, level, attempt, pass, message | filter runId = "${runId}" and by = "task" | sort @timestamp asc`;

/** Says where the lines are, where they did not let themselves be read; any other error goes on. */
export function notRead(
  { log }: HttpDeps,
  error: unknown,
  place: { readonly group: string; readonly query: string; readonly whose?: string },
): never {
  if (!(error instanceof NotSearched)) throw error;
  log.warn("A log could not be searched", errorFields(error));
  throw new LinesElsewhere(place.group, place.query, place.whose);
}

/** In AWS, out of the log of all runs. */
async function foundLines(c: Context, deps: HttpDeps, { group, ...logs }: FoundLogs): Promise<Response> {
  const { limit = 100, ...wanted } = queryOf(c, searchQuery);
  const run = await runOf(c, deps);
  const { id, status } = run;
  const query = queryFor(id);
  const { lines, ...pagination } = await logs
    .search(run, { ...wanted, limit })
    .catch((error: unknown) => notRead(deps, error, { group, query }));
  return c.json({ run: { id, status }, data: lines, pagination, logGroup: group, query });
}

/** As they are kept beside the run. */
async function keptLines(c: Context, deps: HttpDeps, logs: RunLogs): Promise<Response> {
  const { after = 0, limit = 100, attempt } = queryOf(c, linesQuery);
  const { id, status } = await runOf(c, deps);
  const page = await logs.page(id, { after, limit, ...(attempt === undefined ? {} : { attempt }) });
  const next = page.more ? page.lines.at(-1)?.number : undefined;
  return c.json({
    run: { id, status },
    data: page.lines.map(view),
    pagination: next === undefined ? {} : { next },
  });
}

/** Adds the route of lines. */
export function logRoutes(app: Hono, deps: HttpDeps): void {
  const { logs } = deps;
  app.get("/api/v1/runs/:id/logs", (c) =>
    "group" in logs ? foundLines(c, deps, logs) : keptLines(c, deps, logs),
  );
}
