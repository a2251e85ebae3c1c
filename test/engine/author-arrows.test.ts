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
