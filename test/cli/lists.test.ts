/** `holdfast queues`, `schedules`, `runs` and `logs`, against a server that runs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { makeProject, type Project } from "./project.ts";

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({
    "tasks/mails.ts": `import { logger, queue, schedules, task, wait } from "holdfast";
      const mails = queue({ name: "mails", concurrencyLimit: 2, rateLimit: { limit: 100, period: "1h" } });
      export const mail = task({ id: "mail", queue: mails, run: async () => 1 });
      export const talk = task({ id: "talk", run: async () => {
        logger.info("before the wait");
        await wait.for({ seconds: 3 });
        logger.info("behind the wait");
      } });
      export const report = schedules.task({ id: "report", cron: "0 0 1 1 *", run: async () => 1 });`,
  });
  holdfast = await project.start();
});
afterAll(() => project.end());

test("`holdfast queues` shows what waits in a queue, pauses and resumes it, and gives it another limit", async () => {
  expect((await project.run("queues", "list")).output).toMatch(/mails +0 +0 +2 +100 in 3600 s +open/);
  expect((await project.run("queues", "pause", "mails")).output).toMatch(/mails .* paused/);
  const id = await holdfast.trigger("mail", {});
  expect(await project.json("queues", "list")).toMatchObject({
    data: [{ id: "mails", paused: true, queued: 1 }],
  });
  expect((await project.run("queues", "resume", "mails")).code).toBe(0);
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
  expect((await project.run("queues", "limit", "mails", "7")).output).toMatch(/7 \(set by hand\)/);
  expect(await project.json("queues", "reset", "mails")).toMatchObject({
    concurrency: { current: 2, override: null },
  });
});

test("`holdfast queues limit --concurrency-key` gives one concurrency key a limit for a time, `reset` takes it back", async () => {
  const given = await project.run(
    "queues",
    "limit",
    "mails",
    "7",
    "--concurrency-key",
    "acme",
    "--ttl",
    "1d",
  );
  expect(given.output).toMatch(/mails +acme +0 +7 \(set by hand, until \d{4}-.*Z\) +open/);
  expect(await project.json("queues", "list")).toMatchObject({ data: [{ concurrency: { override: null } }] });
  expect(await project.json("queues", "reset", "mails", "--concurrency-key", "acme")).toMatchObject({
    ...{ name: "mails", concurrencyKey: "acme", perKey: { current: 2, override: null, expiresAt: null } },
  });
  const alone = await project.run("queues", "limit", "mails", "7", "--ttl", "1d");
  expect(alone.output).toMatch(/--ttl goes with --concurrency-key/);
  expect(alone.code).not.toBe(0);
});

test("`holdfast queues` says what is wrong: no such queue, no such limit", async () => {
  const unknown = await project.run("queues", "pause", "no-such");
  expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining("HF214") });
  const text = await project.run("queues", "limit", "mails", "many");
  expect(text).toMatchObject({ code: 2, output: expect.stringContaining('"many" is none') });
});

test("`holdfast schedules` shows next times, and stops, starts and deletes what a call has made", async () => {
  const body = {
    task: "report",
    cron: "30 6 * * *",
    timezone: "Asia/Tokyo",
    deduplicationKey: "customer-42",
  };
  const { id } = (await holdfast.request("POST", "/api/v1/schedules", body)).body as { id: string };
  const { output } = await project.run("schedules", "list");
  expect(output).toMatch(/report +0 0 1 1 \* +UTC +\d{4}-01-01 00:00:00 UTC +active, in the code/);
  expect(output).toMatch(/report +30 6 \* \* \* +Asia\/Tokyo +\d{4}-\d\d-\d\d 21:30:00 UTC +active/);
  expect((await project.run("schedules", "deactivate", id)).output).toMatch(/not active/);
  expect(await project.json("schedules", "activate", id)).toMatchObject({ id, active: true });
  expect((await project.run("schedules", "delete", id)).code).toBe(0);
  expect((await project.run("schedules", "activate", id)).code).toBe(1);
  const declared = (await project.json("schedules", "list")) as { data: { id: string }[] };
  expect(declared.data).toHaveLength(1);
  // Those of the code are changed in the code.
  const [first] = declared.data;
  expect((await project.run("schedules", "delete", first?.id ?? "")).code).toBe(1);
});

test("an empty list says that it is empty, and as JSON is an empty list", async () => {
  const runs = await project.run("runs", "list", "--task", "report");
  expect([runs.code, runs.output]).toEqual([0, expect.stringContaining("There is no such run.")]);
  const letters = await project.run("dlq", "list");
  expect([letters.code, letters.output]).toEqual([0, expect.stringContaining("There is no dead letter")]);
  const resumed = await project.run("resume", "--task", "mail", "--dry-run");
  expect([resumed.code, resumed.output]).toEqual([0, expect.stringContaining("No dead letter is like that")]);
  expect(await project.json("dlq", "list")).toEqual({ data: [], pagination: {} });
});

test("a run that has ended is not said to be canceled", async () => {
  const id = await holdfast.trigger("mail", {});
  await holdfast.finished(id);
  const { code, output } = await project.run("runs", "cancel", id);
  expect([code, output]).toEqual([0, expect.stringContaining("has ended already: it is COMPLETED")]);
});

test("`holdfast logs --follow` prints what a run logs, until it has ended; `runs logs` is the same", async () => {
  const id = await holdfast.trigger("talk", {});
  const { code, output } = await project.run("logs", id, "--follow");
  expect(code).toBe(0);
  expect(output.match(/(before|behind) the wait/g)).toEqual(["before the wait", "behind the wait"]);
  expect((await holdfast.run(id)).status).toBe("COMPLETED");
  expect((await project.run("runs", "logs", id)).output).toBe(output);
});
