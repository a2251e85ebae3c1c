/**
 * What the transform does with less common syntax, on the real engine: at every crash point the result is the same,
 * and no recorded effect is made twice.
 */
import { expect, test } from "vitest";
import { everyCrash } from "../engine/tasks.ts";

const programs: Readonly<Record<string, readonly [source: string, expected: unknown]>> = {
  "calls in a generator": [
    `function* jobs(ids: number[]) { for (const id of ids) yield lib.effect(id); }
     export const t = task({ id: "t", run: async () => { const out = []; for (const p of jobs([1, 2, 3])) out.push(await p); return out; } });`,
    [1, 2, 3],
  ],
  "two generators at once": [
    `class Pages { constructor(public n: number) {} *[Symbol.iterator]() { for (let i = 0; i < 2; i++) yield lib.effect(this.n * 10 + i); } }
     const read = async (n: number) => { const out = []; for (const p of new Pages(n)) out.push(await p); return out; };
     export const t = task({ id: "t", run: async () => Promise.all([read(1), read(2)]) });`,
    [
      [10, 11],
      [20, 21],
    ],
  ],
  "optional chains and computed receivers": [
    `const client = { v: 5, async get(x: number) { return await lib.effect(this.v + x); }, none: undefined as any };
     const make = async () => client;
     export const t = task({ id: "t", run: async () => [
       await client?.get(1), await (await make())?.get?.(2), await (await make())[(await lib.effect("get")) as "get"]?.(3), await client.none?.(await lib.effect("never"))] });`,
    [6, 7, 8, undefined],
  ],
  "class fields, private methods and super": [
    `class Base { async save(x: number) { return await lib.effect(x); } }
     class Order extends Base { first = lib.effect("field"); #n = 1; async #more() { return await lib.effect("private" + this.#n++); } save = async (x: number) => (await super.save(x)) + (await this.#more()) + (await this.first); }
     export const t = task({ id: "t", run: async () => { const order = new Order(); return [await order.save(1), await order.save(2)]; } });`,
    ["1private1field", "2private2field"],
  ],
  "parameter defaults and tagged templates": [
    `const sql = (parts: TemplateStringsArray, ...values: unknown[]) => lib.effect(parts.join("?") + values);
     async function load(id = 7, row = sql\`get \${id}\`, next = (x: number) => lib.effect(x)) { return [await row, await next(id)]; }
     export const t = task({ id: "t", run: async () => [await load(), await load(8), await sql\`last\`] });`,
    [["get ?7", 7], ["get ?8", 8], "last"],
  ],
  "keys in nested arguments": [
    `const wrap = (headers: object) => ({ ...headers, wrapped: true });
     export const t = task({ id: "t", run: async () => { const a = await lib.keyed(wrap({ key: idempotencyKey() })); const b = await Promise.all([lib.keyed({ key: idempotencyKey() }), lib.keyed({ key: idempotencyKey().slice(0, 99) })]); return [a, ...b]; } });`,
    [1, 2, 3],
  ],
  "loops, labels and destructuring": [
    `export const t = task({ id: "t", run: async () => { const out: unknown[] = [];
       outer: for (const a of [1, 2, 3]) { for (const b of [1, 2]) { const { v = await lib.effect("d" + a + b), w } = { w: await lib.effect(a * 10 + b) } as any; if (w === 22) continue outer; if (a === 3) break outer; out.push(v, w); } }
       return out; } });`,
    ["d11", 11, "d12", 12, "d21", 21],
  ],
};

test.each(Object.entries(programs))("%s", async (_name, [source, expected]) => {
  const doubles: string[] = [];
  const makeLib = () => {
    const seen = new Map<string, number>();
    const keys = new Map<unknown, number>();
    return {
      effect: async (x: unknown) => {
        const count = (seen.get(String(x)) ?? 0) + 1;
        seen.set(String(x), count);
        if (count > 2) doubles.push(`${x} was made ${count} times`);
        return x;
      },
      keyed: async ({ key }: { key: unknown }) => {
        if (!keys.has(key)) keys.set(key, keys.size + 1);
        return keys.get(key);
      },
    };
  };
  const { runs, bad } = await everyCrash(source, makeLib, "t", undefined, expected);
  expect(bad).toEqual([]);
  expect(doubles, "one effect is made at most once more, by the one crash").toEqual([]);
  expect(runs).toBeGreaterThan(3);
});
