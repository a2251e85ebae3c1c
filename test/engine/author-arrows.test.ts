/** Design §5.1: what a library sees of the author's functions is what it would see without Holdfast. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "../testing/kit.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Runs the body, crashed everywhere; gives its output. */
async function output(body: string, world: Record<string, unknown>): Promise<unknown> {
  outside({ act: async (what: string) => turn().then(() => what), ...world });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { ${body} } });`);
  const report = await kit.run("t");
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
  return report.error ?? report.output;
}

const map = (list: unknown[], fn: (item: unknown) => unknown) => list.map((item) => fn(item));

test("an arrow around one call gives a library that maps at once the value, not a promise of it", async () => {
  const body = `const doubled = outside.map([1, 2], (x: number) => outside.double(x)); await outside.act("a"); return doubled;`;
  expect(await output(body, { map, double: (x: number) => x * 2 })).toEqual([2, 4]);
});

/** Counts by what `fn` gives: at once, and behind a turn. */
const tally = (list: unknown[], fn: (item: unknown) => unknown) => {
  const counts: Record<string, number> = {};
  for (const item of list) {
    const kind = String(fn(item));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};
const tallyLater = async (list: unknown[], fn: (item: unknown) => unknown) =>
  turn().then(() => tally(list, fn));
const kind = (n: number) => (n % 2 === 0 ? "even" : "odd");

test.each([
  ["at once", "outside.tally"],
  ["later", "await outside.tallyLater"],
  ["later, behind another call", "await outside.act('b') && await outside.tallyLater"],
])(
  "and so it is whatever the library's function is called, if it takes what the arrow gives %s",
  async (_, call) => {
    const body = `const counts = ${call}([1, 2, 3], (n: number) => outside.kind(n)); await outside.act("a"); return counts;`;
    expect(await output(body, { tally, tallyLater, kind })).toEqual({ odd: 2, even: 1 });
  },
);

test("so it does in the middle of a chain", async () => {
  const all = (list: number[]) => ({
    map: (fn: (x: number) => unknown) => ({ get: () => list.map((x) => fn(x)) }),
  });
  const body = `await outside.act("a"); return outside.all([1, 2]).map((x: number) => outside.double(x)).get();`;
  expect(await output(body, { all, double: (x: number) => x * 2 })).toEqual([2, 4]);
});

test("and the promise, where the call gives one", async () => {
  const body = `const all = await Promise.all(outside.map(["a", "b"], (x: string) => outside.act(x))); await outside.act("c"); return all;`;
  expect(await output(body, { map })).toEqual(["a", "b"]);
});

test("a library that tells async functions by their class finds them so", async () => {
  const each = async (list: string[], fn: (item: string, done?: () => void) => Promise<unknown>) => {
    const isAsync = (fn as unknown as Record<symbol, unknown>)[Symbol.toStringTag] === "AsyncFunction";
    for (const item of list) await (isAsync ? fn(item) : new Promise<void>((done) => void fn(item, done)));
  };
  const body = `const seen: string[] = []; await outside.each(["a", "b"], async (x: string) => { seen.push(await outside.act(x)); }); return seen;`;
  expect(await output(body, { each })).toEqual(["a", "b"]);
});
