/**
 * A project written for Trigger.dev, served as it is: its config, every kind of file, what its files do with each other.
 * `@trigger.dev/sdk` is not installed in it, nor are its build extensions.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { makeProject, type Project } from "./project.ts";

const files = {
  "trigger.config.ts": `
import { defineConfig, metadata } from "@trigger.dev/sdk/v3";
import { prismaExtension } from "@trigger.dev/build/extensions/prisma";
import { additionalFiles } from "@trigger.dev/build/extensions/core";

export default defineConfig({
  project: "proj_abcdefghijklmnop",
  runtime: "node",
  logLevel: "warn",
  maxDuration: 3600,
  retries: {
    enabledInDev: true,
    default: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 2, factor: 2, randomize: true },
  },
  dirs: ["./src/trigger", "./src/more"],
  onStart: async ({ ctx }) => { metadata.set("startedBy", "the config, for " + ctx.task.id); },
  build: { extensions: [prismaExtension({ schema: "prisma/schema.prisma" }), additionalFiles({ files: ["a.txt"] })] },
});
`,
  "tsconfig.json": `{ "compilerOptions": { "jsx": "preserve", "paths": { "@/*": ["./src/*"] } } }`,
  "src/lib/greeting.ts": `export const greet = async (name: string) => "Hello " + name;`,
  "src/trigger/init.ts": `globalThis.initialised = "before the tasks";`,
  "src/trigger/a.ts": `
import { logger, task } from "@trigger.dev/sdk/v3";
import { greet } from "@/lib/greeting";
import { pong } from "./pong";

const atLoad = globalThis.initialised;
// Not exported.
task({ id: "first", run: async (name: string) => {
  logger.info("a line that logLevel drops");
  logger.warn("a line that it keeps");
  return [atLoad, await greet(name)];
} });
export const ping = task({
  id: "hello/world:task-1",
  run: async (n: number): Promise<number> => (n === 0 ? 0 : (await pong.triggerAndWait(n - 1).unwrap()) + 1),
});
`,
  "src/trigger/pong.tsx": `
import { task } from "@trigger.dev/sdk";
import { ping } from "./a";

export const pong = task({
  id: "pong",
  run: async (n: number): Promise<number> => (n === 0 ? 0 : (await ping.triggerAndWait(n - 1).unwrap()) + 1),
});
`,
  "src/trigger/dynamic.mts": `
import { task, tasks } from "@trigger.dev/sdk/v3";

export const dynamic = task({
  id: "long.running.with.dot",
  run: async () => {
    const { pong } = await import("./pong");
    const { attempts } = await import("../more/common.cjs");
    return [await pong.triggerAndWait(0).unwrap(), attempts.id, await tasks.triggerAndWait<typeof pong>("pong", 1).unwrap()];
  },
});
`,
  "src/more/common.cjs": `
const sdk = require("@trigger.dev/sdk/v3");
const { logger } = require("@trigger.dev/sdk/v3");

exports.attempts = sdk.task({
  id: "attempts",
  run: async (payload, { ctx }) => {
    logger.log("dropped");
    throw new Error("attempt " + ctx.attempt.number);
  },
});
`,
  "src/trigger/hooks.ts": `
import { task, webhook, webhooks } from "@trigger.dev/sdk";

const shop = webhooks.endpoint.define({ id: "shop", source: webhooks.standardWebhooks<{ order: number; type: string }>() });
export const onPaid = webhook({
  id: "on-paid",
  endpoint: shop,
  filter: "event.type == 'paid'",
  onEvent: async ({ event, headers, endpoint, ctx }) => {
    const twice = await Promise.resolve(event.order * 2);
    return [twice, headers.get("Content-Type"), endpoint?.id, ctx.task.id] as unknown as void;
  },
});
export const waiting = task({
  id: "waits-for-delivery",
  run: async (order: number) => {
    const waiter = await webhooks.waiter.create(shop, { match: { "event.order": order }, timeout: "1h" });
    const { event, deliveryId } = await webhooks.waiter.wait(waiter).unwrap();
    return [event.type, deliveryId];
  },
});
`,
  "src/more/a.spec.ts": "this is no task file",
};

describe("a project written for Trigger.dev, served as it is", () => {
  let project: Project;
  let holdfast: Holdfast;
  beforeAll(async () => {
    project = await makeProject(files);
    holdfast = await project.start({ tasks: "." });
  });
  afterAll(() => project?.end());

  const output = async (task: string, payload?: unknown) => {
    const { status, output, error } = await holdfast.finished(
      await holdfast.trigger(encodeURIComponent(task), payload),
    );
    return [status, output ?? error?.message];
  };

  test("its task files load, whatever they are, init.ts first, and run to their ends", async () => {
    expect(holdfast.output()).toContain("7 task(s) in .: ");
    expect(await output("first", "Ann")).toEqual(["COMPLETED", ["before the tasks", "Hello Ann"]]);
  });
  test("hooks of its config are called, without what the config takes from packages for the build", async () => {
    const { metadata } = await holdfast.finished(await holdfast.trigger("pong", 0));
    expect(metadata).toEqual({ startedBy: "the config, for pong" });
  });
  test("files that import each other, and files that a run imports, are there once", async () => {
    expect(await output("hello/world:task-1", 3)).toEqual(["COMPLETED", 3]);
    expect(await output("long.running.with.dot")).toEqual(["COMPLETED", [0, "attempts", 1]]);
  });
  test("a delivery starts the webhooks that it passes, and wakes the run that waits for it", async () => {
    const waiting = await holdfast.trigger("waits-for-delivery", 7);
    while ((await holdfast.run(waiting)).status !== "WAITING") await new Promise((go) => setTimeout(go, 20));
    const started = await holdfast.webhook("shop", { order: 7, type: "paid" }, "msg_7");
    expect((await holdfast.finished(started)).output).toEqual([14, "application/json", "shop", "on-paid"]);
    expect((await holdfast.finished(waiting)).output).toEqual(["paid", "msg_7"]);
    expect(await output("on-paid", { event: { order: 4, type: "paid" } })).toEqual([
      "COMPLETED",
      [8, null, null, "on-paid"],
    ]);
  });
  test("the config's retries and logLevel hold", async () => {
    expect(await output("attempts")).toEqual(["FAILED", "attempt 2"]);
    expect(holdfast.output()).toContain("a line that it keeps");
    expect(holdfast.output()).not.toMatch(/a line that logLevel drops|dropped/);
  });
  test("what has no effect is listed once", async () => {
    const line =
      "Without effect here: project, runtime, build.extensions (prismaExtension, additionalFiles).";
    await project.write(
      "src/more/late.ts",
      `import { task } from "@trigger.dev/sdk"; task({ id: "late", run: async () => "late" });`,
    );
    await expect
      .poll(async () => (await holdfast.request("GET", "/api/v1/tasks")).body)
      .toMatchObject({
        data: expect.arrayContaining([expect.objectContaining({ id: "late" })]),
      });
    expect(await output("late")).toEqual(["COMPLETED", "late"]);
    expect(holdfast.output().split(line)).toHaveLength(2);
  });
});

test("without --dir, the folder's trigger.config says where the task files are", async () => {
  const project = await makeProject(files);
  const { code, output } = await project.run("build");
  expect(output).toContain("src/trigger/pong.tsx:5");
  expect([code, output.match(/(\d+) error\(s\), (\d+) warning\(s\)/)?.slice(1)]).toEqual([0, ["0", "1"]]);
  await project.end();
});

test("what a task file takes of Trigger.dev's SDK and Holdfast does not have is named", async () => {
  const project = await makeProject({
    "trigger/a.ts": `import { task } from "@trigger.dev/sdk";
      import { aFutureFeature } from "@trigger.dev/sdk";
      export const a = task({ id: "a", run: async () => aFutureFeature });`,
    "other/a.ts": `import { mock } from "@trigger.dev/sdk/ai/test"; export const a = mock;`,
  });
  const build = async (dir: string) => (await project.run("build", "--dir", dir)).output;
  expect(await build("trigger")).toMatch(
    /error HF114: .*\n {2}at trigger\/a.ts:2:16\n[\s\S]*Holdfast has no "aFutureFeature"/,
  );
  expect(await build("other")).toMatch(
    /at other\/a.ts:1:22\n[\s\S]*Holdfast has no "@trigger.dev\/sdk\/ai\/test"/,
  );
  await project.end();
});

test("a file with agents and tools of Trigger.dev's loads, and they are refused by name where they are used", async () => {
  const project = await makeProject({
    "trigger/a.ts": `import { schemaTask, task } from "@trigger.dev/sdk";
      import { ai, chat } from "@trigger.dev/sdk/ai";
      import { awsCredentialProvider } from "@trigger.dev/sdk/oidc/aws";
      export const agent = chat.agent({ id: "agent", run: async () => "hi" });
      export const lookup = task({ id: "lookup", run: async () => 1 });
      const tool = { execute: ai.toolExecute(lookup) };
      export const plain = task({ id: "plain", retry: { maxAttempts: 1 }, run: async () => "plain" });
      export const asks = task({ id: "asks", retry: { maxAttempts: 1 }, run: async () => tool.execute({}) });
      export const signs = task({ id: "signs", retry: { maxAttempts: 1 }, run: async () => awsCredentialProvider({}) });`,
  });
  const holdfast = await project.start({ tasks: "trigger" });
  const ended = async (id: string) => holdfast.finished(await holdfast.trigger(id, {}));
  expect(await ended("plain")).toMatchObject({ status: "COMPLETED", output: "plain" });
  expect(await ended("asks")).toMatchObject({
    error: { message: expect.stringContaining("HF506 ai.toolExecute()() is not supported") },
  });
  expect(await ended("signs")).toMatchObject({
    error: { message: expect.stringContaining("HF506 awsCredentialProvider() is not supported") },
  });
  await project.end();
});
