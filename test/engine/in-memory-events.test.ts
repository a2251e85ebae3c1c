/**
 * Design §5.8: events that fill variables come again before their record is delivered; listeners are taken off by the
 * function that was put on; what is moved by hand moves again. Each program is crashed at each of its store calls.
 */
import { expect, test } from "vitest";
import { changingLibrary } from "./changing-library.ts";
import { bench, everyCrash } from "./tasks.ts";

const programs: readonly (readonly [string, string, unknown])[] = [
  [
    "a child's output collected from its stdout, its end waited for",
    `const child = lib.spawn(); let out = ""; child.stdout.on("data", (d: string) => { out += d; }); const code = await new Promise((res) => { child.on("close", res); }); return [out, code];`,
    ["xy", 0],
  ],
  [
    "the same with once of node:events",
    `const child = lib.spawn(); let out = ""; child.stdout.on("data", (d: string) => { out += d; }); const [code] = await lib.once(child, "close"); return [out, code];`,
    ["xy", 0],
  ],
  [
    "a stream collected beside finished of node:stream/promises",
    `const s = lib.slowStream(); const out: string[] = []; s.on("data", (d: unknown) => { out.push(String(d)); }); await lib.finished(s); return out;`,
    ["a", "b"],
  ],
  [
    "a stream collected within a promise that goes on with then",
    `const s = lib.slowStream(); const out: string[] = []; await new Promise<void>((res) => { s.on("data", (d: unknown) => { out.push(String(d)); }); s.on("end", res); }).then(() => {}); return out;`,
    ["a", "b"],
  ],
  [
    "what a timer within a promise fills",
    `const out: string[] = []; await new Promise<void>((res) => { setImmediate(() => { out.push("tick"); res(); }); }); await wait.for({ hours: 1 }); out.push("later"); await lib.sleep(1); return out;`,
    ["tick", "later"],
  ],
  [
    "removeEventListener takes off what addEventListener was given",
    `const c = new AbortController(); let n = 0; const f = () => { n++; }; c.signal.addEventListener("abort", f); c.signal.removeEventListener("abort", f); c.abort(); await lib.sleep(1); return n;`,
    0,
  ],
  [
    "an iterator that was left by hand stays left",
    `const it = lib.counted(); const a = await it.next(); const b = await it.return(9); await lib.sleep(1); const c = await it.next(); return [a.value, b.value, c.done];`,
    [1, 9, true],
  ],
  [
    "the reader of bytes that is given its buffers",
    `const r = lib.bytes().getReader({ mode: "byob" }); const out: number[] = []; for (;;) { const { done, value } = await r.read(new Uint8Array(2)); if (done) break; out.push(...value!); await lib.sleep(1); } return out;`,
    [1, 2, 3],
  ],
  [
    "a buffer that was read into keeps what the program made of it",
    `const f = await lib.open(); const a = new Uint8Array(2), b = new Uint8Array(2); await f.read(a, 2); a[0] = 99; await f.read(b, 2); await lib.sleep(1); return [[...a], [...b]];`,
    [
      [99, 1],
      [2, 3],
    ],
  ],
];

test.each(programs)("%s", async (_title, body, expected) => {
  const source = `task({ id: "t", run: async () => { ${body} } });`;
  const { runs, bad } = await everyCrash(source, changingLibrary, "t", undefined, expected);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(2);
});

test("a listener of the module is called in the next run of the process, too", async () => {
  const saved: number[] = [];
  const { run, world } = bench(
    `async function onReady(n: number) { await lib.save(n); }
     task({ id: "t", run: async () => { const e = lib.makeEmitter(); e.on("ready", onReady); lib.ready(e); await lib.sleep(5); } });`,
    { ...changingLibrary(() => world), save: async (n: number) => void saved.push(n) },
  );
  await run("t");
  await run("t");
  expect(saved).toEqual([7, 7]);
});

test("events that never come again are not waited for without end: the run goes on, and says what is lost", async () => {
  let fired = false;
  let strikes = 0;
  const { run, output, world } = bench(
    `task({ id: "t", run: async () => { const e = lib.shared; let got = 0; const v = await new Promise((res) => { e.once("ready", (n: number) => { got = n; res(n); }); lib.fire(e); }); await lib.sleep(1); return [v, got]; } });`,
    {
      ...changingLibrary(() => world),
      shared: (changingLibrary(() => world).makeEmitter as () => unknown)(),
      fire: (emitter: never) => {
        if (!fired) (changingLibrary(() => world).ready as (e: never) => void)(emitter);
        fired = true;
      },
    },
    { strike: (call) => (call === "append" && ++strikes === 2 ? "before" : undefined) },
  );
  const ended = await run("t");
  expect(await output(ended)).toEqual([7, 0]);
  expect(world.printed.join("\n")).toMatch(/HF303 .*its events did not come again/);
});
