/**
 * Task files as teams on Trigger.dev have them (`moved/tasks`), served as they are: each ends as it does there. That they compile is
 * shown by the compiler, which takes `@trigger.dev/sdk` for Holdfast's.
 */
import { readdirSync, readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { root } from "../world/place.ts";
import { makeProject, type Project } from "./project.ts";

const config = `import { defineConfig } from "@trigger.dev/sdk";
export default defineConfig({
  project: "proj_abc",
  runtime: "node",
  maxDuration: 3600,
  retries: { enabledInDev: true, default: { maxAttempts: 3, minTimeoutInMs: 10, maxTimeoutInMs: 100, factor: 2, randomize: true } },
  dirs: ["./src/trigger"],
});`;

const folder = join(root, "test", "cli", "moved", "tasks");
const files = Object.fromEntries(
  readdirSync(folder).map((name) => [`src/trigger/${name}`, readFileSync(join(folder, name), "utf8")]),
);

let project: Project;
let holdfast: Holdfast;
let server: Server;
/** Answers 503 twice. */
const shop = (): Promise<string> =>
  new Promise((resolve) => {
    let hits = 0;
    server = createServer((_, response) => {
      hits++;
      response.writeHead(hits < 3 ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ hits }));
    }).listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
  });

beforeAll(async () => {
  project = await makeProject({ "trigger.config.ts": config, ...files });
  await symlink(join(root, "node_modules", "zod"), join(project.path, "node_modules", "zod"), "junction");
  holdfast = await project.start({ tasks: "." });
});
afterAll(async () => {
  await project?.end();
  server?.close();
});

const ends: readonly (readonly [task: string, payload: unknown, output: unknown])[] = [
  [
    "email-sequence",
    { userId: "1", email: "a@b.c", name: "A" },
    { first: { id: "email_1", attempt: 2 }, second: { id: "email_2" } },
  ],
  [
    "create-user",
    { age: "41" },
    { name: "NOBODY", age: 42, run: true, attempt: 1, env: "DEVELOPMENT", task: "create-user" },
  ],
  [
    "parent",
    { numbers: [1, 2, 3, 4] },
    {
      one: { doubled: 2 },
      two: { doubled: 4 },
      oks: [2, 4, 8],
      failed: ["three"],
      a: 20,
      b: "email_2",
      user: "BOB",
      seen: "COMPLETED",
      out: { doubled: 10 },
    },
  ],
  ["nightly", { timestamp: "2026-01-01T00:00:00Z", upcoming: ["2026-01-02T00:00:00Z"] }, ["Asia/Tokyo", 1]],
  ["nightly", undefined, ["Asia/Tokyo", 0]],
  ["hooked", {}, { row: "row of users", init: { startedAt: 1 }, aborted: false }],
  ["timeout-token", undefined, "WaitpointTimeoutError"],
  ["streamer", { words: ["a", "b"] }, 2],
  ["twice", undefined, { same: true, c: true }],
  ["agent", { prompt: "p" }, "answer"],
  ["translate", { text: "t" }, { text: "t!!", status: "APPROVED" }],
  ["transcode", { text: "hello" }, { size: 5 }],
  ["spread", undefined, { n: 3, name: "my-queue", paused: false }],
  ["asker", undefined, { isDate: true }],
  ["buyer", undefined, ["pay lacks 10", "negative"]],
  ["import-csv", { rows: [1, 2, 3] }, { done: 3, total: 3 }],
  ["changes", undefined, 1],
  ["typed-parent", undefined, { o: { len: 4, org: "string" }, n: [4, 0] }],
  ["heavy", {}, { sum: 4950, x: 1, version: "undefined", tz: "string", project: "holdfast" }],
];

test("twenty task files written for Trigger.dev end as they do there", async () => {
  expect(Object.keys(files)).toHaveLength(20);
  const started = await Promise.all(ends.map(async ([task, payload]) => holdfast.trigger(task, payload)));
  const found = await Promise.all(
    started.map(async (id, index) => {
      const { status, output, error } = await holdfast.finished(id);
      return [ends[index]?.[0], status, output ?? error?.message];
    }),
  );
  expect(found).toEqual(ends.map(([task, , output]) => [task, "COMPLETED", output]));
});

test("their fetch goes again, their approval is given, their error ends the run, their report counts", async () => {
  const fetched = await holdfast.trigger("fetcher", { url: await shop() });
  expect((await holdfast.finished(fetched)).output).toEqual({ hits: 3 });

  const asked = await holdfast.trigger("approval", { prompt: "ship?" });
  const token = async () => ((await holdfast.run(asked)).metadata as { token?: string } | undefined)?.token;
  while ((await token()) === undefined) await new Promise((go) => setTimeout(go, 50));
  const path = `/api/v1/waitpoints/tokens/${String(await token())}/complete`;
  await holdfast.request("POST", path, { data: { approved: true } });
  expect((await holdfast.finished(asked)).output).toBe("yes");

  const failed = await holdfast.finished(await holdfast.trigger("hooked", { fail: true }));
  expect([failed.status, failed.error?.name, failed.error?.message]).toEqual([
    "FAILED",
    "AbortTaskRunError",
    "bad input",
  ]);

  const report = await holdfast.finished(await holdfast.trigger("reporter", undefined));
  expect(report.output).toEqual({ listed: 3, result: 5, has: "number", cost: "number", token: true });
});
