/**
 * Functions of the author's that answer by calling what they were given: streams in options, callbacks of libraries. Crashed
 * everywhere, each ends as the run that never stopped, and nothing recorded is made again.
 */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports}import { once } from "node:events";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
`;

const sink = (write: string): string =>
  `new Writable({ objectMode: true, highWaterMark: 1, write(row, _, done) { ${write} } })`;

test.each([
  [
    "a Writable's write, which says that it is done",
    `const out: number[] = [];
     await pipeline(Readable.from([1, 2, 3]), ${sink("outside.act(row).then((v) => { out.push(v); done(); }, done);")});
     return out;`,
    [1, 2, 3],
  ],
  [
    "a Transform's transform and flush, which push, give, and count in the stream itself",
    `const out: string[] = [];
     await pipeline(
       Readable.from(["a", "b"]),
       new Transform({
         objectMode: true,
         transform(this: Transform & { count?: number }, row: string, _, done) {
           this.count = (this.count ?? 0) + 1;
           const at = this.count;
           outside.act(row).then((v) => { this.push(v + at); this.push(v + "?"); done(null, v + "!"); }, done);
         },
         flush(done) { outside.act("end").then((v) => { this.push(v); done(); }, done); },
       }),
       new Transform({ objectMode: true, transform(row: string, _, done) { done(null, row.toUpperCase()); } }),
       ${sink("out.push(row); done();")},
     );
     return out;`,
    ["A1", "A?", "A!", "B2", "B?", "B!", "END"],
  ],
  [
    "a Readable's read, which pushes what it has asked for",
    `let next = 0;
     const out: number[] = [];
     const source = new Readable({ objectMode: true, read() {
       outside.act(next++).then((v) => this.push(v < 3 ? v * 2 : null), (error) => this.destroy(error));
     } });
     await pipeline(source, ${sink("out.push(row); done();")});
     await wait.for({ days: 1 });
     return out;`,
    [0, 2, 4],
  ],
  [
    "an error that is said, which ends the pipeline",
    `const out: number[] = [];
     const fails = pipeline(Readable.from([1, 2, 3]), ${sink(
       `outside.act(row).then((v) => { out.push(v); done(v === 2 ? new RangeError("no 2") : null); }, done);`,
     )});
     return [await fails.catch((error: Error) => error.message), out, await outside.act("after")];`,
    ["no 2", [1, 2], "after"],
  ],
  [
    "an async generator between two streams",
    `const out: number[] = [];
     await pipeline(
       Readable.from([1, 2, 3]),
       async function* (rows: AsyncIterable<number>) { for await (const row of rows) yield (await outside.act(row)) * 2; },
       ${sink("out.push(row); done();")},
     );
     return out;`,
    [2, 4, 6],
  ],
  [
    "writes that wait for drain",
    `const out: number[] = [];
     const kept = ${sink("outside.act(row).then((v) => { out.push(v); done(); }, done);")};
     for (const row of [1, 2, 3]) if (!kept.write(row)) await once(kept, "drain");
     kept.end();
     await once(kept, "finish");
     return [out, await outside.act("after")];`,
    [[1, 2, 3], "after"],
  ],
  [
    "a library's callbacks",
    `const out: number[] = [];
     await outside.eachOf([1, 2, 3], (row: number, said: (error?: Error) => void) => {
       outside.act(row).then((v) => { out.push(v); said(); }, said);
     });
     const doubled = await outside.eachOf([4, 5], (row: number, said: (error: null, value: number) => void) => {
       outside.act(row).then((v) => said(null, v * 2));
     });
     return [out, doubled];`,
    [
      [1, 2, 3],
      [8, 10],
    ],
  ],
  [
    "a library's function whose result is used",
    `const out: number[] = [];
     await outside.eachOf([1, 2, 3], (row: number, said: () => { of(v: unknown): { well(): void } }) => {
       outside.act(row).then((v) => { out.push(v); said().of(v).well(); });
     });
     return out;`,
    [1, 2, 3],
  ],
])("what an author's function answers with is heard behind every crash: %s", async (_, body, output) => {
  const acts: unknown[] = [];
  const act = async (what: unknown): Promise<unknown> => {
    acts.push(what);
    return what;
  };
  type Each = (row: unknown, said: (error?: unknown, value?: unknown) => object) => void;
  const eachOf = async (rows: readonly unknown[], each: Each): Promise<unknown[]> => {
    const values: unknown[] = [];
    for (const row of rows)
      values.push(
        await new Promise((resolve, reject) =>
          each(row, (error, value) => {
            if (error) reject(error as Error);
            else resolve(value);
            return { of: () => ({ well: () => {} }) };
          }),
        ),
      );
    return values;
  };
  outside({ act, eachOf });
  const kit = await kitOf(`${head}export const t = task({ id: "t", run: async () => { ${body} } });`);
  const run = await kit.run("t");
  expect([run.status, run.error, run.output]).toEqual(["COMPLETED", undefined, output]);
  expect(new Set(acts).size).toBe(acts.length);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect([runs > 10, findings]).toEqual([true, []]);
});

test("streams of the author's own classes are recorded as those of options are: their methods' awaits are made once", async () => {
  const acts: unknown[] = [];
  outside({ act: async (what: unknown) => (acts.push(what), what) });
  const kit = await kitOf(`${head}
class Upper extends Transform {
  #seen = 0;
  constructor() { super({ objectMode: true }); }
  override _transform(row: string, _: string, done: (error: Error | null, row?: string) => void) {
    this.#seen++;
    outside.act("t" + row).then(() => { this.push(row.toUpperCase()); done(null, row + this.#seen); }, done);
  }
  override _flush(done: (error?: Error | null) => void) { outside.act("flush").then(() => done(), done); }
}
class Sink extends Writable {
  readonly rows: string[] = [];
  constructor() { super({ objectMode: true }); }
  override _write(row: string, _: string, done: (error?: Error | null) => void) {
    outside.act("w" + row).then(() => { this.rows.push(row); done(); }, done);
  }
}
export const t = task({ id: "t", run: async () => {
  const sink = new Sink();
  await pipeline(Readable.from(["a", "b"]), new Upper(), sink);
  return sink.rows;
} });`);
  const run = await kit.run("t");
  expect([run.output, run.warnings]).toEqual([["A", "a1", "B", "b2"], []]);
  expect(run.calls.filter(({ name }) => name === "outside.act").map(({ times }) => times)).toHaveLength(7);
  for (const call of [2, 4, 6]) {
    acts.length = 0;
    const crashed = await kit.run("t", { crash: [{ when: "after", call }] });
    expect([crashed.output, acts.filter((each, at) => acts.indexOf(each) !== at).length <= 1]).toEqual([
      run.output,
      true,
    ]);
  }
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});

test("a method of the author's that a library calls by itself counts with the library's call as a whole, and that is told once", async () => {
  const consume = async (handler: { handle(row: number): Promise<void> }) => {
    for (const row of [1, 2]) await handler.handle(row);
  };
  outside({ act: async (what: unknown) => what, consume });
  const kit = await kitOf(`${imports}
class Handler { seen: number[] = []; async handle(row: number) { this.seen.push(await outside.act(row)); } }
export const t = task({ id: "t", run: async () => {
  const handler = new Handler();
  await outside.consume(handler);
  await outside.consume(handler);
  return await outside.act(handler.seen);
} });`);
  const { output, warnings } = await kit.run("t");
  expect(output).toEqual([1, 2, 1, 2]);
  expect(warnings.map(({ code, line }) => [code, line])).toEqual([
    ["HF329", expect.any(Number)],
    ["HF329", expect.any(Number)],
  ]);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});
