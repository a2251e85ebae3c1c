/** Streams that are written from elsewhere: by runs below, by name, within a step; each chunk once, in order, behind every crash. */
import { expect, expectTypeOf, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import type { JournalRecord } from "../../engine/record.ts";
import type { metadata } from "../../sdk/metadata.ts";
import type { AsyncIterableStream, PipeStreamOptions, PipeStreamResult } from "../../sdk/stream-forms.ts";
import type { streams } from "../../sdk/streams.ts";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports}
import { metadata, streams } from "holdfast";
const log = streams.define<unknown>({ id: "log" });
`;

/** The chunks that readers of a run's log get, in its order. */
const chunksIn = (journal: unknown): unknown[] =>
  (journal as readonly JournalRecord[]).flatMap((record) => {
    const isOwn = record.kind === "result" && record.sort === "stream";
    const isOthers = record.kind === "message" && record.out === true;
    if (!(isOwn || isOthers) || !("inline" in record.value)) return [];
    return [...(decode(record.value.inline) as { chunks: unknown[] }).chunks];
  });

const source = () =>
  (async function* () {
    for (const item of [1, "two", { three: 3 }]) {
      await new Promise((resolve) => setImmediate(resolve));
      yield item;
    }
  })();

const family = (child: string, parent = ""): string => `${head}
export const below = task({ id: "below", run: async (to: string) => { ${child} } });
export const between = task({ id: "between", run: async (to: string) => below.triggerAndWait(to).unwrap() });
export const t = task({ id: "t", run: async (_: unknown, { ctx }) => { ${parent || "return below.triggerAndWait(ctx.run.id).unwrap();"} } });`;

test.each([
  [
    "append to the parent's",
    `await log.append("a", { target: "parent" }); await log.append("b", { target: "parent" }); return "done";`,
    ["a", "b"],
  ],
  [
    "append to a run's, by its id",
    `await log.append("a", { target: to }); await wait.for({ days: 1 }); await log.append("b", { target: to }); return "done";`,
    ["a", "b"],
  ],
  [
    "several at once, in their order",
    `await Promise.all(["a", "b", "c"].map((each) => log.append(each, { target: "parent" }))); return "done";`,
    ["a", "b", "c"],
  ],
  [
    "pipe of somebody else's source",
    `await log.pipe(outside.source(), { target: "parent" }).waitUntilComplete(); return "done";`,
    [1, "two", { three: 3 }],
  ],
  [
    "pipe of the author's own generator",
    `async function* own() { for (const n of [1, 2]) { await outside.act(n); yield n; } }
    await streams.pipe("log", own(), { target: "parent" }).waitUntilComplete(); return "done";`,
    [1, 2],
  ],
  [
    "writer",
    `await log.writer({ target: "root", execute: ({ write, merge }) => { write("first"); merge(outside.source()); } }).waitUntilComplete(); return "done";`,
    ["first", 1, "two", { three: 3 }],
  ],
  [
    "metadata.parent.stream",
    `for await (const _ of await metadata.parent.stream("log", outside.source())) {} return "done";`,
    [1, "two", { three: 3 }],
  ],
  [
    "metadata.root.stream",
    `for await (const _ of await metadata.root.stream("log", outside.source())) {} return "done";`,
    [1, "two", { three: 3 }],
  ],
])(
  "a run below writes the stream of a run above, each chunk once behind every crash: %s",
  async (_, child, chunks) => {
    outside({ source, act: async () => {} });
    const kit = await kitOf(family(child));
    const run = await kit.run("t");
    expect([run.status, run.error, run.output]).toEqual(["COMPLETED", undefined, "done"]);
    expect(chunksIn(run.journal)).toEqual(chunks);
    const crashed = await kit.run("t", { crash: { seed: 3, crashes: 4 } });
    expect(chunksIn(crashed.journal)).toEqual(chunks);
    const { findings } = await kit.crashEverywhere("t", undefined, { seeds: 2 });
    expect(findings).toEqual([]);
  },
);

test("root is the first of the family, parent the next above, and both the run itself where nobody is above", async () => {
  const to = (target: string) => `await log.append("${target}", { target: "${target}" });`;
  const kit = await kitOf(
    family(
      `${to("root")} ${to("parent")} ${to("self")}`,
      `${to("root")} ${to("parent")} await between.triggerAndWait(""); return "done";`,
    ),
  );
  const run = await kit.run("t");
  expect(chunksIn(run.journal)).toEqual(["root", "parent", "root"]);
});

test("a run that has ended is written no more, and none that there is not: the author is told", async () => {
  const kit = await kitOf(
    family(
      `return "over";`,
      `const { id } = await below.trigger(""); await wait.for({ hours: 1 });
       const said: string[] = [];
       for (const target of [id, "run_none"]) await log.append("late", { target }).catch((error) => said.push(String(error)));
       return said;`,
    ),
  );
  const { output } = await kit.run("t");
  expect(output).toEqual([expect.stringContaining("HF209"), expect.stringContaining("HF208")]);
});

test.each([
  ["append", `await log.append("a"); await log.append("a"); await log.append("b");`, ["a", "a", "b"]],
  ["pipe", `await log.pipe(outside.source()).waitUntilComplete();`, [1, "two", { three: 3 }]],
  [
    "what pipe gives back",
    `for await (const chunk of log.pipe(outside.source()).stream) await log.append([chunk]);`,
    [1, "two", { three: 3 }, [1], ["two"], [{ three: 3 }]],
  ],
  [
    "writer",
    `await log.writer({ execute: ({ write }) => { write(1); write(2); } }).waitUntilComplete();`,
    [1, 2],
  ],
  [
    "metadata.stream",
    `for await (const _ of await metadata.stream("log", outside.source())) {}`,
    [1, "two", { three: 3 }],
  ],
])("a step that is made again writes its chunks once: %s", async (_, body, chunks) => {
  let tries = 0;
  outside({ source, fail: () => ++tries % 3 !== 0 });
  const kit = await kitOf(
    `${head}export const t = task({ id: "t", run: async () => {
      await step("talks", { retry: { maxAttempts: 5, minTimeoutInMs: 1 } }, async () => { ${body} if (outside.fail()) throw new Error("again"); });
      await wait.for({ minutes: 1 }); return "done"; } });`,
  );
  const run = await kit.run("t");
  expect([run.status, run.error, run.output]).toEqual(["COMPLETED", undefined, "done"]);
  const sorted = (list: unknown[]) => list.map((each) => JSON.stringify(each)).sort();
  expect(sorted(chunksIn(run.journal))).toEqual(sorted(chunks));
  if (!body.includes("[chunk]")) expect(chunksIn(run.journal)).toEqual(chunks);
});

test("pipe gives a ReadableStream: it is read, gone through, and handed on, and comes to the same behind every crash", async () => {
  outside({ source });
  const bodies = [
    `const { stream } = log.pipe(outside.source()); const reader = stream.getReader(); const seen = [];
     for (;;) { const { done, value } = await reader.read(); if (done) return seen; seen.push(value); await wait.for({ hours: 1 }); }`,
    `const { stream } = log.pipe(outside.source()); const seen = [stream instanceof ReadableStream];
     for await (const chunk of stream) { seen.push(chunk); await wait.for({ hours: 1 }); } return seen.slice(1);`,
    `const { stream } = log.pipe(outside.source()); const seen: unknown[] = [];
     const { stream: again, waitUntilComplete } = streams.pipe("other", stream);
     for await (const chunk of again) seen.push(chunk); await waitUntilComplete(); return seen;`,
  ];
  for (const body of bodies) {
    const kit = await kitOf(`${head}export const t = task({ id: "t", run: async () => { ${body} } });`);
    const run = await kit.run("t");
    expect([run.error, run.output]).toEqual([undefined, [1, "two", { three: 3 }]]);
    expect((await kit.crashEverywhere("t", undefined, { seeds: 2 })).findings).toEqual([]);
  }
});

test("metadata.fetchStream reads the run's own stream", async () => {
  const asked: string[] = [];
  const request = async ({ path }: { path: string }) => {
    asked.push(path);
    return Response.json({
      data: [{ stream: "log", chunk: 1 }],
      pagination: { next: "1-1" },
      isComplete: true,
    });
  };
  outside({ transport: { address: "here", request } });
  const kit = await kitOf(`${head}import { configure } from "holdfast";
    export const t = task({ id: "t", run: async (_: unknown, { ctx }) => {
      configure({ transport: outside.transport });
      const seen = []; for await (const chunk of await metadata.fetchStream("log")) seen.push(chunk);
      return [seen, ctx.run.id]; } });`);
  const { output, error } = await kit.run("t");
  expect(error).toBeUndefined();
  const [seen, id] = output as [unknown[], string];
  expect(seen).toEqual([1]);
  expect(asked[0]).toContain(`/api/v1/runs/${id}/streams?stream=log`);
});

test("streams have Trigger.dev's types", () => {
  expectTypeOf<PipeStreamResult<string>["stream"]>().toExtend<ReadableStream<string>>();
  expectTypeOf<PipeStreamResult<string>["stream"]>().toExtend<AsyncIterable<string>>();
  expectTypeOf<"parent" | "root" | "self" | `run_${string}`>().toExtend<
    NonNullable<PipeStreamOptions["target"]>
  >();
  expectTypeOf<typeof streams.read<string>>().returns.resolves.toEqualTypeOf<AsyncIterableStream<string>>();
  expectTypeOf<typeof metadata.parent.stream<number>>().returns.resolves.toEqualTypeOf<
    AsyncIterableStream<number>
  >();
  expectTypeOf<typeof metadata.fetchStream<number>>().returns.resolves.toEqualTypeOf<
    AsyncIterableStream<number>
  >();
});
