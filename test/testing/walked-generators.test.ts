/** Generators that a library goes through while a call runs: what they do around them is there behind a crash, too. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

type Body = Generator<unknown, unknown, unknown>;

/** As `co` and the interpreters of effects have it: what the generator yields is waited for, and sent back. */
async function walk(generator: Body): Promise<unknown> {
  let step = generator.next();
  while (step.done !== true) {
    let sent: unknown;
    try {
      sent = await step.value;
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(sent);
  }
  return step.value;
}
const load = async (id: number) => ({ id });
const fail = async (id: number) => {
  throw new Error(`no ${id}`);
};
class Service {
  readonly #factor = 10;
  async times(id: number) {
    return id * this.#factor;
  }
}
const insertMany = async (rows: Iterable<number>) => {
  let sum = 0;
  for (const row of rows) sum += row;
  return sum;
};
const firstOf = async (rows: Iterable<number>) => {
  for (const row of rows) return row;
  return undefined;
};

const programs = [
  {
    title: "a generator function that a call is given",
    body: `const log: number[] = []; let n = 0;
      const sum = await outside.co(function* (): any { const a = yield outside.load(1); log.push(a.id); const b = yield outside.load(2); log.push(b.id); n++; return a.id + b.id; });
      return [sum, log, n, (await outside.load(9)).id];`,
    output: [3, [1, 2], 1, 9],
  },
  {
    title: "one that a library keeps, and begins later",
    body: `const log: number[] = [];
      const one = (id: number) => outside.lazy(function* (): any { const { id: got } = yield outside.load(id); log.push(got); return got; });
      const all = await outside.startAll([1, 2, 3].map(one));
      return [all, log, (await outside.load(9)).id];`,
    output: [[1, 2, 3], [1, 2, 3], 9],
  },
  {
    title: "a generator object, with what is thrown into it",
    body: `const log: string[] = [];
      function* main(): any { try { yield outside.fail(1); } catch (error) { log.push((error as Error).message); yield outside.load(2); } finally { log.push("closed"); } return log.length; }
      const out = await outside.walk(main());
      return [out, log, (await outside.load(9)).id];`,
    output: [2, ["no 1", "closed"], 9],
  },
  {
    title: "rows that are counted as a call takes them, to the end or not",
    body: `let made = 0; const closed: string[] = [];
      function* rows() { try { for (const row of [1, 2, 3]) { made++; yield row; } } finally { closed.push("rows"); } }
      const sum = await outside.insertMany(rows());
      const first = await outside.firstOf({ rows: rows() }.rows);
      return [sum, first, made, closed, Math.max(...rows()), Array.from(rows()).length, (await outside.load(9)).id, made];`,
    output: [6, 1, 4, ["rows", "rows", "rows", "rows"], 3, 3, 9, 10],
  },
  {
    title: "one that is sent an object with methods",
    body: `const log: number[] = [];
      const out = await outside.co(function* (): any { const service = yield outside.service(); const n = yield service.times(4); log.push(n); return n; });
      return [out, log, (await outside.load(9)).id];`,
    output: [40, [40], 9],
  },
];

test.each(programs)("$title", async ({ body, output }) => {
  outside({
    load,
    fail,
    walk,
    insertMany,
    firstOf,
    co: async (make: () => Body) => walk(make()),
    lazy: (make: () => Body) => ({ make }),
    startAll: (all: { make: () => Body }[]) => Promise.all(all.map(({ make }) => walk(make()))),
    service: () => new Service(),
  });
  const kit = await kitOf(`${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`);
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(output);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
