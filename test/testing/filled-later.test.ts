/** What functions fill that a promise, a stream or a timer calls later is there behind a crash, too. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const programs = [
  {
    title: "behind a promise by hand",
    body: `const trace: number[] = []; const later = new Map<number, Promise<void>>();
      for (const id of [1, 2]) later.set(id, sleep(3).then(async () => { const got = await outside.load(id); trace.push(got.id); }));
      await Promise.all(later.values());
      let failed = 0;
      const counted = new Promise((_, no) => setTimeout(no, 2, new Error("late"))).catch(() => { failed++; return "caught"; }).finally(() => { failed += 10; });
      return [trace.sort(), await counted, (await outside.load(9)).id, failed];`,
    output: [[1, 2], "caught", 9, 11],
  },
  {
    title: "in the options of a stream",
    body: `let bytes = 0; const rows: string[] = []; let ended = false;
      await pipeline(
        Readable.from(["a,b", "c"]),
        new Transform({ transform(chunk, _, done) { bytes += chunk.length; done(null, String(chunk)); }, flush(done) { ended = true; done(); } }),
        new PassThrough().resume(),
      );
      await pipeline(Readable.from(["A,B", "C"]), new Writable({ write: (chunk, _, done) => { done(); rows.push(String(chunk)); } }));
      return [bytes, rows, ended, (await outside.load(9)).id];`,
    output: [4, ["A,B", "C"], true, 9],
  },
  {
    title: "in streams of one pipeline, one behind the other",
    body: `let bytes = 0; const rows: string[] = []; let left = "";
      await pipeline(
        Readable.from(["a,b", "c;d", ";e"]),
        new Transform({ transform(chunk, _, done) { bytes += chunk.length; const parts = (left + String(chunk)).split(";"); left = parts.pop()!; for (const part of parts) this.push(part); done(); }, flush(done) { done(null, left); } }),
        new Transform({ objectMode: true, transform(chunk, _, done) { done(null, { row: String(chunk) }); } }),
        new Writable({ objectMode: true, write(chunk: { row: string }, _, done) { rows.push(chunk.row); done(); } }),
      );
      return [bytes, rows, (await outside.load(9)).id];`,
    output: [8, ["a,bc", "d", "e"], 9],
  },
];

test.each(programs)("$title", async ({ body, output }) => {
  outside({ load: async (id: number) => ({ id }) });
  const kit = await kitOf(`${imports}
    import { PassThrough, Readable, Transform, Writable } from "node:stream";
    import { pipeline } from "node:stream/promises";
    const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
    export const t = task({ id: "t", run: async () => { ${body} } });`);
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(output);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
