/** What the compiler knows of tasks, runs and hooks: what files written for Trigger.dev count on. */
import { describe, expect, expectTypeOf, test } from "vitest";
import * as sdk from "../../sdk/index.ts";
import {
  type AnyRealtimeRun,
  batch,
  type Context,
  defineConfig,
  isChatChunkTooLargeError,
  type JSONSchema,
  type ManualWaitpointPromise,
  type OnStartHookFunction,
  type RetrieveRunResult,
  runs,
  schedules,
  type TaskRunContext,
  type TaskRunShape,
  task,
  tasks,
  type WaitForOptions,
  webhook,
  webhooks,
} from "../../sdk/index.ts";

const length = task({ id: "typed-length", run: async (payload: { text: string }) => payload.text.length });
const upper = task({ id: "typed-upper", run: async (payload: string) => payload.toUpperCase() });

/** Looked at by the compiler alone. */
const unused = (..._calls: readonly (() => unknown)[]): void => {};

describe("a handle knows its run's types", () => {
  test("for retrieve, poll and subscribeToRun", () => {
    unused(async () => {
      const handle = await tasks.trigger<typeof length>("typed-length", { text: "" });
      const own = await upper.trigger("a");
      expectTypeOf((await runs.retrieve(handle)).output).toEqualTypeOf<number | undefined>();
      expectTypeOf((await runs.retrieve(handle)).payload).toEqualTypeOf<{ text: string } | undefined>();
      expectTypeOf((await runs.poll(own)).output).toEqualTypeOf<string | undefined>();
      for await (const run of runs.subscribeToRun(own))
        expectTypeOf(run.output).toEqualTypeOf<string | undefined>();
      expectTypeOf<RetrieveRunResult<typeof own>>().toExtend<TaskRunShape<typeof upper>>();
    });
  });
  test("an id has those of the task that is named, or none", () => {
    unused(async () => {
      const { output, payload } = await runs.retrieve<typeof length>("run_1");
      expectTypeOf(output).toEqualTypeOf<number | undefined>();
      expectTypeOf(payload).toEqualTypeOf<{ text: string } | undefined>();
      expectTypeOf((await runs.retrieve("run_1")).output).toBeUnknown();
      for await (const run of runs.subscribeToRunsWithTag<typeof upper>("tag"))
        expectTypeOf(run.payload).toEqualTypeOf<string | undefined>();
    });
  });
});

test("how a child ended names its task, so that the results of several are told apart by it", () => {
  unused(async () => {
    const one = await length.triggerAndWait({ text: "" });
    expectTypeOf(one.taskIdentifier).toEqualTypeOf<"typed-length">();
    const all = await batch.triggerAndWait<typeof length | typeof upper>([
      { id: "typed-length", payload: { text: "" } },
      { id: "typed-upper", payload: "a" },
    ]);
    for (const run of all.runs)
      if (run.ok && run.taskIdentifier === "typed-upper") expectTypeOf(run.output).toBeString();
  });
});

test("ctx has the fields of Trigger.dev's, and lists in it are plain arrays", () => {
  unused((ctx?: unknown) => {
    const { run, environment, deployment } = ctx as Context;
    expectTypeOf<TaskRunContext>().toEqualTypeOf<Context>();
    expectTypeOf(run.tags).toEqualTypeOf<string[]>();
    expectTypeOf(environment.type).toEqualTypeOf<"PRODUCTION" | "STAGING" | "DEVELOPMENT" | "PREVIEW">();
    expectTypeOf(environment.branchName).toEqualTypeOf<string | undefined>();
    expectTypeOf(deployment?.git?.commitSha).toEqualTypeOf<string | undefined>();
  });
});

test("hooks know what is waited for, what init gave, and in a config their argument", () => {
  unused(
    () =>
      task({
        id: "typed-hooks",
        init: async () => ({ pool: 1 }),
        onStart: ({ init }) => expectTypeOf(init).toEqualTypeOf<{ pool: number } | undefined>(),
        onWait: ({ wait }) => {
          if (wait.type === "duration") expectTypeOf(wait.date).toEqualTypeOf<Date>();
          if (wait.type === "batch") expectTypeOf(wait.runCount).toBeNumber();
          if (wait.type === "task") expectTypeOf(wait.runId).toBeString();
          if (wait.type === "token") expectTypeOf(wait.token).toBeString();
        },
        run: async (_: string) => 1,
      }),
    () =>
      defineConfig({
        project: "p",
        onStart: ({ payload, ctx }) => [expectTypeOf(payload).toBeUnknown(), ctx.run.id],
        onFailure: async ({ error }) => expectTypeOf(error).toBeUnknown(),
      }),
  );
  const hook: OnStartHookFunction<{ n: number }> = ({ payload }) => payload.n;
  expect(hook).toBeTypeOf("function");
});

test("an event of Stripe's has a type; schedules name their environments", () => {
  unused(
    () =>
      webhook({
        id: "typed-stripe",
        source: webhooks.stripe(),
        onEvent: ({ event }) => void expectTypeOf(event.type).toBeString(),
      }),
    async () =>
      expectTypeOf((await schedules.retrieve("s")).environments[0]?.type).toEqualTypeOf<string | undefined>(),
  );
});

test("Trigger.dev's names for types are there", () => {
  expectTypeOf<JSONSchema>().toExtend<object>();
  expectTypeOf<WaitForOptions>().toExtend<{ readonly idempotencyKey?: string }>();
  expectTypeOf<ManualWaitpointPromise<number>>().toExtend<Promise<unknown>>();
  expectTypeOf<AnyRealtimeRun["tags"]>().toEqualTypeOf<string[]>();
});

test("errors that Holdfast never throws can be asked for all the same", () => {
  const caught: unknown = new Error("other");
  const names = Object.keys(sdk).filter((name) => /^(Webhook|OIDC|ChatChunk).*Error$/.test(name));
  expect(names).toHaveLength(8);
  for (const name of names)
    expect(caught instanceof (Reflect.get(sdk, name) as typeof Error), name).toBe(false);
  expect(isChatChunkTooLargeError(caught)).toBe(false);
});
