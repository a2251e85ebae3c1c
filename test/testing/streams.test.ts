/** Streams of runs: chunks are records, in any schedule of crashes those of the run that never stopped. */
import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import type { JournalRecord } from "../../engine/record.ts";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports}\nimport { metadata, streams } from "holdfast";\nconst log = streams.define<unknown>({ id: "log" });\n`;
const taskOf = (body: string): string =>
  `${head}export const t = task({ id: "t", run: async () => { ${body} } });`;

/** A source of somebody else's, that says how often it was opened. */
function sourceOf(items: readonly unknown[], opened: string[] = []) {
  return () => {
    opened.push("opened");
    return (async function* () {
      for (const item of items) {
        await new Promise((resolve) => setImmediate(resolve));
        yield item;
      }
    })();
  };
}

/** The chunks of a run's log, in its order. */
const chunksIn = (journal: unknown): unknown[] =>
  (journal as readonly JournalRecord[]).flatMap((record) => {
    if (record.kind !== "result" || record.sort !== "stream" || !("inline" in record.value)) return [];
    return [...(decode(record.value.inline) as { chunks: unknown[] }).chunks];
  });

test.each([
  [
    "append",
    `await log.append("a"); await wait.for({ days: 1 }); await log.append({ b: 2 }); return "done";`,
    "done",
    ["a", { b: 2 }],
  ],
  [
    "pipe, whose stream gives what was recorded",
    `const { stream, waitUntilComplete } = log.pipe(outside.source());
     const seen: unknown[] = [];
     for await (const chunk of stream) seen.push(chunk);
     await waitUntilComplete();
     await wait.for({ days: 1 });
     return seen;`,
    [1, "two", { three: 3 }],
    [1, "two", { three: 3 }],
  ],
  [
    "metadata.stream, the older name, whose stream gives what was recorded",
    `const stream = await metadata.stream("log", outside.source());
     const seen: unknown[] = [];
     for await (const chunk of stream) seen.push(chunk);
     await wait.for({ days: 1 });
     return seen;`,
    [1, "two", { three: 3 }],
    [1, "two", { three: 3 }],
  ],
  [
    "pipe of the author's own generator, whose awaits are made once",
    `async function* own() { for (const n of [1, 2, 3]) { await outside.act(n); yield n; } }
     await streams.pipe("log", own()).waitUntilComplete();
     await wait.for({ days: 1 });
     return "done";`,
    "done",
    [1, 2, 3],
  ],
  [
    "writer, with a source merged",
    `const { waitUntilComplete } = log.writer({ execute: async ({ write, merge }) => {
       write("first"); await outside.act(9); write("second"); merge(outside.source());
     } });
     await waitUntilComplete();
     await wait.for({ days: 1 });
     return "done";`,
    "done",
    ["first", "second", 1, "two", { three: 3 }],
  ],
])("a stream goes on where it was behind every crash: %s", async (_, body, output, chunks) => {
  const acts: unknown[] = [];
  const act = async (what: unknown): Promise<void> => void acts.push(what);
  outside({ act, source: sourceOf([1, "two", { three: 3 }]) });
  const kit = await kitOf(taskOf(body));
  const run = await kit.run("t");
  expect([run.status, run.error, run.output]).toEqual(["COMPLETED", undefined, output]);
  expect(new Set(acts).size).toBe(acts.length);
  expect(chunksIn(run.journal)).toEqual(chunks);
  const crashed = await kit.run("t", { crash: { seed: 7, crashes: 4 } });
  expect(chunksIn(crashed.journal)).toEqual(chunks);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
});

test.each([
  ["a chunk that is no JSON", `await log.append(1n)`, "A chunk of the stream log is no JSON value."],
  [
    "one that is too large",
    `await log.append("x".repeat(262_143))`,
    "A chunk of the stream log has 262145 characters; 262,144 are allowed.",
  ],
  [
    "more than 10 MB",
    `for (let n = 0; n < 50; n++) await log.append("x".repeat(250_000))`,
    "would have more than 10 MB.",
  ],
  ["what is nobody's stream", `await log.append("x", { target: "" })`, `A stream was to be written to "".`],
  ["metadata.stream without a name", `await metadata.stream(7 as never, [] as never)`, "was given no key"],
  [
    "what gives no chunks",
    `await streams.pipe("log", 7 as never).waitUntilComplete()`,
    "The stream log was given number to go through.",
  ],
])("a stream refuses %s", async (_, body, message) => {
  const kit = await kitOf(taskOf(`try { ${body}; return "no"; } catch (error) { return String(error); }`));
  const { output } = await kit.run("t");
  expect(output).toContain("HF520");
  expect(output).toContain(message);
});

test("what a source gives before it fails is recorded before the error is thrown", async () => {
  outside({
    source: () =>
      (async function* () {
        yield 1;
        yield 2;
        throw new Error("gone");
      })(),
  });
  const kit = await kitOf(
    taskOf(`const { stream, waitUntilComplete } = log.pipe(outside.source());
      const seen: unknown[] = [];
      try { for await (const chunk of stream) seen.push(chunk); } catch (error) { seen.push((error as Error).message); }
      await waitUntilComplete().catch(() => {});
      return seen;`),
  );
  expect((await kit.run("t")).output).toEqual([1, 2, "gone"]);
});
