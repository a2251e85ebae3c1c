/**
 * The route of a run's lines: what the author has logged in it.
 */
import type { Context, Hono } from "hono";
import type { KeptLine } from "../../engine/run-logs.ts";
import type { HttpDeps } from "../deps.ts";
import { propertiesIn } from "../log-line.ts";
import { LinesElsewhere } from "../problem.ts";
import { queryForm, queryOf, wholeNumber } from "../query.ts";
import { runOf } from "./runs.ts";

const limitMost = 1_000;
const manyLines = 1_000_000;

const linesQuery = queryForm({
  after: wholeNumber(0, manyLines).optional(),
  limit: wholeNumber(1, limitMost).optional(),
  attempt: wholeNumber(1, manyLines).optional(),
});

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

async function lines(c: Context, deps: HttpDeps): Promise<Response> {
  const { after = 0, limit = 100, attempt } = queryOf(c, linesQuery);
  const { id, status } = await runOf(c, deps);
  if ("group" in deps.logs) throw new LinesElsewhere(deps.logs.group, queryFor(id));
  const page = await deps.logs.page(id, { after, limit, ...(attempt === undefined ? {} : { attempt }) });
  const next = page.more ? page.lines.at(-1)?.number : undefined;
  return c.json({
    run: { id, status },
    data: page.lines.map(view),
    pagination: next === undefined ? {} : { next },
  });
}

/** Adds the route of lines. */
export function logRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/runs/:id/logs", (c) => lines(c, deps));
}
