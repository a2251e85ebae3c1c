/** Web streams of the author's own: what they are given, what they collect and what comes out of them is there behind a crash. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const parts = `
const numbers = () => new ReadableStream<number>({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } });
const doubled = () => new TransformStream<number, number>({
  async transform(x, c) { c.enqueue(await outside.act(x * 2)); },
  async flush(c) { c.enqueue(await outside.act(0)); },
});
class Counter implements UnderlyingSource<number> {
  at = 0;
  async pull(c: ReadableStreamDefaultController<number>) { const x = await outside.act(this.at++); if (x > 2) c.close(); else c.enqueue(x); }
}
class Sink implements UnderlyingSink<unknown> {
  readonly seen: unknown[] = [];
  #closed = false;
  async write(x: unknown) { await outside.act(x); this.seen.push(x); }
  async close() { await outside.act("close"); this.#closed = true; }
  get isClosed() { return this.#closed; }
}
async function* letters() { for (const x of ["a", "b"]) { await outside.act(x); yield x; } }
const items = (stream: ReadableStream) => stream as unknown as AsyncIterable<any>;
`;

test.each([
  [
    "a sink that is piped to at once has been written to, and closed last",
    `const seen: unknown[] = [];
     await numbers().pipeTo(new WritableStream({ async write(x) { await outside.act(x); seen.push(x); }, async close() { await outside.act("c"); seen.push("closed"); } }));
     await outside.act("after"); return seen;`,
    [1, 2, "closed"],
  ],
  [
    "a loop over a transform gets each of its items once",
    `const seen: number[] = []; for await (const x of items(numbers().pipeThrough(doubled()))) { seen.push(x); await outside.act(x); } return seen;`,
    [2, 4, 0],
  ],
  [
    "objects of classes of the author's stand at both ends, a wait in the middle",
    `const from = new Counter(), to = new Sink();
     await new ReadableStream(from).pipeThrough(new TransformStream({ async transform(x: number, c) { if (x === 1) await wait.for({ minutes: 1 }); c.enqueue("n" + x); } })).pipeTo(new WritableStream(to));
     await outside.act("after"); return [from.at, to.seen, to.isClosed];`,
    [4, ["n0", "n1", "n2"], true],
  ],
  [
    "a writer and a loop at the two ends of a transform, which counts",
    `let count = 0; const seen: string[] = [];
     const { readable, writable } = new TransformStream<string, string>({ async transform(x, c) { count++; c.enqueue(x + (await outside.act(count))); } });
     const write = async () => { const w = writable.getWriter(); for (const x of ["a", "b", "c"]) { await w.ready; await w.write(x); } await w.close(); };
     const read = async () => { for await (const x of items(readable)) { seen.push(x); await outside.act(x); } };
     await Promise.all([write(), read()]); await wait.for({ minutes: 1 }); await outside.act("after"); return [seen, count];`,
    [["a1", "b2", "c3"], 3],
  ],
  [
    "the body of an answer goes through a transform that keeps a rest",
    `const { body } = await outside.answer(); let rest = "", bytes = 0; const seen: string[] = [];
     await body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream<string, string>({
       transform(text, c) { bytes += text.length; const lines = (rest + text).split("\\n"); rest = lines.pop()!; for (const line of lines) c.enqueue(line); },
       flush(c) { if (rest !== "") c.enqueue(rest); },
     })).pipeTo(new WritableStream({ async write(line: string) { seen.push(await outside.act(line)); } }));
     await outside.act("after"); return [seen, bytes];`,
    [["one", "two", "three"], 13],
  ],
  [
    "a reader of its own, and two of one source",
    `const seen: number[] = []; const [left, right] = numbers().tee();
     const read = async (stream: ReadableStream<number>) => { const r = stream.getReader(); for (let x = await r.read(); !x.done; x = await r.read()) seen.push(await outside.act(x.value)); r.releaseLock(); };
     await read(left); await read(right.pipeThrough(doubled())); return seen;`,
    [1, 2, 2, 4, 0],
  ],
  [
    "a generator and a list that are made streams, and a blob",
    `const seen: unknown[] = []; const keep = () => new WritableStream({ async write(x) { seen.push(await outside.act(x)); } });
     await ReadableStream.from(letters()).pipeTo(keep()); await ReadableStream.from([3, 4]).pipeTo(keep());
     await new Blob(["bl"]).stream().pipeThrough(new TextDecoderStream()).pipeTo(keep());
     await outside.act("after"); return seen;`,
    ["a", "b", 3, 4, "bl"],
  ],
  [
    "a source that a timer fills, behind a wait",
    `const seen: number[] = []; let at = 0;
     const source = new ReadableStream<number>({ start(c) { const every = setInterval(() => { c.enqueue(at++); if (at === 3) { clearInterval(every); c.close(); } }, 2); } });
     await source.pipeTo(new WritableStream({ async write(x) { seen.push(await outside.act(x)); } }));
     await wait.for({ minutes: 1 }); return seen;`,
    [0, 1, 2],
  ],
  [
    "what a sink throws is what its pipe fails with",
    `const seen: number[] = []; let failed = "";
     try { await numbers().pipeTo(new WritableStream({ async write(x) { await outside.act(x); if (x === 2) throw new RangeError("no 2"); seen.push(x); } })); } catch (e) { failed = String(e); }
     await outside.act("after"); return [seen, failed];`,
    [[1], "RangeError: no 2"],
  ],
])("%s", async (_, body, output) => {
  const acts: unknown[] = [];
  outside({
    act: async (what: unknown) => {
      await new Promise((resolve) => setImmediate(resolve));
      acts.push(what);
      return what;
    },
    answer: async () => new Response("one\ntwo\nthree"),
  });
  const kit = await kitOf(`${imports}${parts}
export const t = task({ id: "t", run: async () => { ${body} } });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual(output);
  expect(report.warnings).toEqual([]);
  expect(new Set(report.calls.map(({ times }) => times))).toEqual(new Set([1]));
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});
