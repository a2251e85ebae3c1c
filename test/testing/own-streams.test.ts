/** What a call writes into a live object of the author's own class is there behind a crash, like any other change. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

const classes = `import { EventEmitter, once } from "node:events";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
class Sink extends Writable {
  readonly seen: string[] = [];
  bytes = 0;
  last: Date | undefined;
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.seen.push(String(chunk)); this.bytes += chunk.length; this.last = new Date(7); done();
  }
}
class Numbered extends Sink { number = 1; }
class Upper extends Transform {
  lines = new Map<string, number>();
  override _transform(chunk: Buffer, _: string, done: (error: null, chunk: string) => void): void {
    const line = String(chunk); this.lines.set(line, line.length); done(null, line.toUpperCase());
  }
}
class Bag extends EventEmitter {
  readonly items: unknown[] = [];
  put(item: unknown): void { this.items.push(item); this.emit("put"); }
}
class Keyed extends Writable {
  socket: unknown = undefined;
  override _write(_: Buffer, __: string, done: () => void): void { this.socket = () => 1; done(); }
}
`;

test.each([
  [
    "a Writable that collects in a field",
    `const sink = new Sink(); const { seen } = sink; await pipeline(Readable.from(["a", "bc"]), sink); await outside.act("x"); return [seen, sink.seen === seen, sink.bytes, sink.last];`,
    [["a", "bc"], true, 3, new Date(7)],
  ],
  [
    "one of a class below it, filled twice",
    `const sink = new Numbered(); await outside.fill(sink, "a"); await outside.act("x"); await outside.fill(sink, "b"); await outside.act("y"); return [sink.seen, sink.number];`,
    [["a", "b"], 1],
  ],
  [
    "a Transform in the middle",
    `const upper = new Upper(); const sink = new Sink(); await pipeline(Readable.from(["a", "bc"]), upper, sink); await outside.act("x"); return [upper.lines, sink.seen];`,
    [
      new Map([
        ["a", 1],
        ["bc", 2],
      ]),
      ["A", "BC"],
    ],
  ],
  [
    "an emitter that a package puts things into",
    `const bag = new Bag(); await outside.put(bag, 5); bag.put(6); await outside.act("x"); return bag.items;`,
    [5, 6],
  ],
])("%s", async (_, body, output) => {
  outside({
    act: async (what: string) => turn().then(() => what),
    fill: async (sink: { write(text: string, done: () => void): void }, text: string) =>
      new Promise<void>((done) => sink.write(text, () => done())),
    put: async (bag: { put(item: unknown): void }, item: unknown) => turn().then(() => bag.put(item)),
  });
  const kit = await kitOf(`${imports}${classes}
export const t = task({ id: "t", run: async () => { ${body} } });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual(output);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});

test("a field that cannot be recorded any more is told, with the call and the argument", async () => {
  const kit = await kitOf(`${imports}${classes}
export const t = task({ id: "t", run: async () => { await pipeline(Readable.from(["a"]), new Keyed()); } });`);
  const { warnings } = await kit.run("t");
  expect(warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
    "HF303 pipeline: not recorded: the change of socket of argument 2.",
  ]);
});
