/** `GET /api/v1/runs/:id/logs`. */
import { expect, test } from "vitest";
import { memoryLogs } from "../../engine/memory-logs.ts";
import { jsonLog } from "../../functions/log.ts";
import { logLine } from "../../functions/log-line.ts";
import { printer } from "../../functions/printer.ts";
import { aRun } from "../contract/runs.ts";
import { get, refusal, trigger, world } from "./world.ts";

test("the lines of a run are listed in their order, page by page, of one attempt or of all", async () => {
  const logs = memoryLogs();
  const w = world({ logs });
  const id = await trigger(w);
  const time = Date.UTC(2026, 0, 1);
  logs.add(id, logLine(time, "info", ["begun", { order: 7 }], { attempt: 1, pass: 1 }));
  logs.add(id, logLine(time + 1, "warn", ["slow"], { attempt: 1, pass: 2, try: 3 }));
  logs.add(id, logLine(time + 2, "error", ["x".repeat(9_000)], { attempt: 2, pass: 2 }));
  const first = await get(w, `/api/v1/runs/${id}/logs?limit=2`);
  expect(first).toEqual({
    run: { id, status: "QUEUED" },
    data: [
      {
        number: 1,
        time: "2026-01-01T00:00:00.000Z",
        level: "info",
        attempt: 1,
        pass: 1,
        message: "begun",
        properties: { order: 7 },
      },
      {
        number: 2,
        time: "2026-01-01T00:00:00.001Z",
        level: "warn",
        attempt: 1,
        pass: 2,
        try: 3,
        message: "slow",
      },
    ],
    pagination: { next: 2 },
  });
  const second = await get(w, `/api/v1/runs/${id}/logs?limit=2&after=2`);
  expect(second).toMatchObject({ data: [{ number: 3, isCut: true }], pagination: {} });
  const other = await get(w, `/api/v1/runs/${id}/logs?attempt=2`);
  expect(other.data).toMatchObject([{ number: 3 }]);
});

test("an unknown run, a wrong query and a missing key are refused", async () => {
  const w = world();
  expect(await refusal(await w.send("GET", "/api/v1/runs/run_none/logs"))).toMatchObject({
    status: 404,
    code: "HF208",
  });
  const id = await trigger(w);
  for (const query of ["limit=0", "limit=1001", "after=x", "attempt=0", "level=warn"]) {
    expect([query, (await w.send("GET", `/api/v1/runs/${id}/logs?${query}`)).status]).toEqual([query, 422]);
  }
  expect((await w.app.request(`/api/v1/runs/${id}/logs`)).status).toBe(401);
});

test("in AWS a line is one JSON object with its run, attempt, pass and try", () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 0,
  );
  const run = aRun({ id: "run_1", task: "order" });
  printer(log)(run, "warn", ["slow", { ms: 900 }], { attempt: 2, pass: 3, try: 1 });
  printer(log)(run, "log", ["one", 2], { attempt: 1, pass: 1 });
  const where = { timestamp: "1970-01-01T00:00:00.000Z", runId: "run_1", task: "order", by: "task" };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...where, level: "WARN", message: "slow", attempt: 2, pass: 3, try: 1, properties: { ms: 900 } },
    { ...where, level: "INFO", message: "one 2", attempt: 1, pass: 1 },
  ]);
});
