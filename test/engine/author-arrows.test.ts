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

/** An effect as `effect` has it: what its functions give are further effects, no promises. */
class Effect {
  readonly run: () => Promise<unknown>;
  constructor(run: () => Promise<unknown>) {
    this.run = run;
  }
  andThen(next: (value: unknown) => Effect): Effect {
    return new Effect(async () => next(await this.run()).run());
  }
  rescue(next: (error: unknown) => Effect): Effect {
    return new Effect(() => this.run().catch((error: unknown) => next(error).run()));
  }
}
const runEffect = (effect: Effect) => effect.run();

test("an arrow around one call gives a library the effect that the call gives, whatever the library's function is called", async () => {
  const { Effect: Made } = { Effect };
  const body = `const act = (what: string) => new outside.Made(() => outside.act(what));
    const fails = () => new outside.Made(async () => { await outside.act("x"); throw new Error("no"); });
    const first = await outside.runEffect(act("a").andThen((x: string) => act(x + "b")));
    const second = await outside.runEffect(fails().rescue((error: Error) => act(error.message).andThen((x: string) => act(x + "c"))));
    return [first, second, await outside.act("d")];`;
  expect(await output(body, { Made, runEffect })).toEqual(["ab", "noc", "d"]);
});

test("a wait in an arrow that a library maps at once suspends the run, and the list is a list behind it", async () => {
  const body = `const kept = new Map(["a", "b"].map((x) => [x, outside.act(x)] as const));
    const again = outside.map(["a", "b"], (x: string) => kept.get(x)!);
    const waits = outside.listed([1, 2], (hours: number) => wait.for({ hours }));
    await Promise.all(waits);
    return [waits.length, ...(await Promise.all(again))];`;
  expect(await output(body, { map, listed: map })).toEqual([2, "a", "b"]);
});

test("a pool begins an arrow around one call when it may, and an error of it is not the pool's", async () => {
  const pool = () => {
    let going: Promise<unknown> = Promise.resolve();
    return (fn: () => Promise<unknown>) => {
      const mine = going.then(fn, fn);
      going = mine;
      return mine;
    };
  };
  let calls = 0;
  const fail = async () =>
    turn().then(() => Promise.reject(Object.assign(new Error(`no ${++calls}`), { status: 404 })));
  const body = `const limit = outside.pool();
    const all = await Promise.allSettled(["a", "b"].map((x) => limit(() => outside.act(x))).concat([limit(() => outside.fail())]));
    await outside.act("c");
    return all.map(({ status }: any) => status);`;
  expect(await output(body, { pool, fail })).toEqual(["fulfilled", "fulfilled", "rejected"]);
});
