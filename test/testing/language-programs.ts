/** Programs with what the language has: classes, generators, loops, errors, changes in place. */
import { type Program, run, turn } from "./programs.ts";

export const languagePrograms: readonly Program[] = [
  {
    title: "class methods with this, getters, private fields and inheritance",
    source: `abstract class Base { protected log: string[] = []; abstract name(): string; async step(x: number) { const r = await outside.double(x); this.log.push(this.name() + r); return this; } }
class Counter extends Base { #total = 0; static made = 0; constructor(readonly by: number) { super(); Counter.made++; } name() { return "c"; } get total() { return this.#total; }
  override async step(x: number) { await super.step(x); this.#total += await outside.double(this.by); return this; } bound = async () => { this.#total += (await outside.act(100)) as number; }; }
${run(`const c = new Counter(n); await c.step(1); await (await c.step(2)).step(3); const { bound } = c; await bound(); return { total: c.total, log: (c as any).log, made: Counter.made };`)}`,
    output: { total: 118, log: ["c2", "c4", "c6"], made: 1 },
  },
  {
    title: "changes made in place by awaited calls",
    source:
      run(`const box: { items?: unknown[] } = {}; await outside.fill(box, "a"); const alias = box.items; await outside.fill(box, "b"); await wait.for({ days: 1 }); await outside.fill(box, "c");
  return { same: alias === box.items, items: box.items };`),
    output: { same: true, items: ["a", "b", "c"] },
  },
  {
    title: "objects as keys of a Map, and shared references",
    source:
      run(`const users = await Promise.all([1, 2].map((id) => outside.user(id))); const visits = new Map<object, number>();
  for (const u of [users[0], users[1], users[0]]) visits.set(u, (visits.get(u) ?? 0) + 1);
  await outside.act("later"); return users.map((u: any) => [visits.get(u), u.at instanceof Date, u.tags.has(u.id), u.of.get(u.id)[0]]);`),
    output: [
      [2, true, true, 1],
      [1, true, true, 2],
    ],
  },
  {
    title: "errors with causes, classes of the author's, and re-throws",
    source: `class Wrapped extends Error { constructor(message: string, readonly detail: object, options?: ErrorOptions) { super(message, options); this.name = "Wrapped"; } }
async function risky() { try { return await outside.fail("boom"); } catch (error) { throw new Wrapped("wrapped", { at: 7 }, { cause: error }); } }
${run(`try { await risky(); } catch (error: any) { await outside.act("seen"); return [error instanceof Wrapped, error.detail.at, error.cause.message, error.cause.code, error.cause.cause instanceof TypeError]; }`)}`,
    output: [true, 7, "boom", "E_FAIL", true],
  },
  {
    title: "a finally and a compensation run once",
    source: run(`let compensated = 0; let tidied = 0; await outside.act("reserve");
  try { await outside.act("charge"); await outside.fail("declined"); } catch { await outside.act("refund"); compensated++; } finally { await outside.act("release"); tidied++; }
  return [compensated, tidied];`),
    output: [1, 1],
  },
  {
    title: "loops with labels, continue, break, switch and destructuring defaults",
    source: run(`const seen: string[] = [];
  outer: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { if (b === 2 && a === 1) continue outer; if (a === 3) break outer; const { v = await outside.double(b), w = v + 1 }: { v?: number; w?: number } = a === 2 ? {} : { v: 9 };
    switch (await outside.act(a * 10 + b)) { case 11: seen.push("x"); case 21: seen.push("y" + v + w); break; default: seen.push("z" + v); } } }
  return seen;`),
    output: ["x", "y910", "y23", "z4", "z6"],
  },
  {
    title: "helpers across files, default exports and re-exports",
    files: {
      "lib/index.ts": `export { default as first, second } from "./parts.ts"; export * as all from "./parts.ts";`,
      "lib/parts.ts": `declare const outside: any; export default async function first(x: number) { return (await outside.double(x)) + 1; } export const second = async (x: number, { by = 2 } = {}) => (await first(x)) * by;`,
    },
    source: `import { all, first, second } from "../lib/index.ts";
${run(`return [await first(n), await second(n), await all.second(n, { by: 10 })];`)}`,
    output: [7, 14, 70],
  },
  {
    title: "chance and time that come out again",
    source: run(
      `const id = crypto.randomUUID(); const draw = Math.random(); await outside.act("x"); const later = Date.now(); await outside.act(id); await outside.act(draw); return typeof id + (draw < 1) + (Date.now() >= later);`,
    ),
    output: "stringtruetrue",
  },
  {
    title: "a Response that is read after the crash",
    world: () => ({
      fetched: 0,
      async get(): Promise<Response> {
        await turn();
        return new Response(JSON.stringify({ items: [1, 2] }), { status: 201, headers: { "x-page": "7" } });
      },
    }),
    source: run(
      `const response = await outside.get(); await wait.for({ hours: 1 }); const { status, headers } = response; const { items } = await response.json(); return [status, headers.get("x-page"), items, response.ok];`,
    ),
    output: [201, "7", [1, 2], true],
  },
  {
    title: "a map of functions, called by name, with call, apply and bind",
    source: `async function add(this: { by: number }, x: number) { return (await outside.double(x)) + this.by; }
const actions: Record<string, (x: number) => Promise<number>> = { twice: async (x) => outside.double(x), inc: async (x) => (await outside.double(x)) + 1 };
${run(`const names = ["twice", "inc"]; let x = n; for (const name of names) x = await (actions[name] as any)(x); const five = { by: 5 }; return [x, await add.call(five, 1), await add.apply(five, [2]), await add.bind(five)(3)];`)}`,
    output: [13, 7, 9, 11],
  },
  {
    title: "an async iterator of the author's own class",
    source: `class Pages implements AsyncIterator<number> { #page = 0; async next(): Promise<IteratorResult<number>> { if (this.#page >= 3) return { done: true, value: undefined }; return { done: false, value: await outside.double(++this.#page) }; } [Symbol.asyncIterator]() { return this; } }
${run(`const pages = new Pages(); const out: number[] = []; for (let step = await pages.next(); !step.done; step = await pages.next()) out.push(step.value); return out;`)}`,
    output: [2, 4, 6],
  },
  {
    title: "an async generator of the author's, and for await over promises",
    source: `async function* pages(): AsyncGenerator<number> { for (let i = 1; i < 4; i++) yield await outside.double(i); }
${run(`const out: number[] = []; for await (const page of pages()) out.push(page); for await (const x of [outside.double(5), outside.double(6)]) out.push(x); return out;`)}`,
    output: [2, 4, 6, 10, 12],
  },
  {
    title: "a resource that is disposed of by await using",
    source: `class Resource { disposed = 0; async [Symbol.asyncDispose]() { this.disposed++; await outside.act("dispose"); } async use() { return outside.double(4); } }
${run(`let made!: Resource; let used = 0; { await using resource = new Resource(); made = resource; used = await resource.use(); } return [used, made.disposed];`)}`,
    output: [8, 1],
  },
  {
    title: "a temporary file that a call writes and another one reads",
    source: `import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
${run(`const path = join(tmpdir(), "note.txt"); await writeFile(path, "hello"); await outside.act("between"); await wait.for({ days: 1 }); return readFile(path, "utf8");`)}`,
    output: "hello",
  },
];
