/**
 * Random task files: sequences, loops, branches, nested closures, fan-outs, races, pools, try/catch/finally, waits,
 * helpers, library calls with the author's callbacks, async iterables and generators, disposals.
 *
 * Owns:      the programs. The same seed gives the same text.
 * Invariant: with `ordered: false` what a program returns does not depend on which of two parallel branches was faster.
 */
import { seeded } from "../engine/world.ts";

export interface ProgramOptions {
  /** May the result depend on the order in which parallel branches went on? */
  readonly ordered: boolean;
  readonly size?: number;
}

interface Scope {
  readonly depth: number;
  /** An expression for what is known here: a parameter or a variable. */
  readonly value: string;
}

class Writer {
  readonly #random: () => number;
  readonly #options: ProgramOptions;
  readonly helpers: string[] = [];
  #budget: number;
  #names = 0;

  constructor(seed: number, options: ProgramOptions) {
    this.#random = seeded(seed);
    this.#options = options;
    this.#budget = options.size ?? 16;
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Statements; each adds to `out`. */
  block(scope: Scope, count = 1 + Math.floor(this.#random() * 3)): string {
    return Array.from({ length: count }, () => this.#statement(scope)).join("\n");
  }

  #statement(scope: Scope): string {
    this.#budget--;
    const deep = scope.depth > 3 || this.#budget <= 0;
    const kinds = deep ? ["unit", "unit", "note"] : ALL;
    return this.#make(this.#pick(kinds), { ...scope, depth: scope.depth + 1 });
  }

  /** What only order can tell is written down only where it may be. */
  #note(text: string): string {
    return this.#options.ordered ? `shared.push(${text});` : "";
  }

  #make(kind: string, scope: Scope): string {
    const id = this.#name("n");
    const { value } = scope;
    const inner = (known = value): Scope => ({ depth: scope.depth, value: known });
    switch (kind) {
      case "unit":
        return `out.push(await lib.effect("${id}", ${value}));`;
      case "note":
        return `out.push("${id}"); ${this.#note(`"${id}"`)}`;
      case "nested":
        return `out.push(await lib.effect("${id}", await lib.effect("${id}i", ${value}), lib.plain(out.length)));`;
      case "branch":
        return `if ((await lib.effect("${id}", ${value})) % 2 === 0) { ${this.block(inner(), 1)} } else { ${this.block(inner(), 1)} }`;
      case "loop":
        return `for (let i${id} = 0; i${id} < 2; i${id}++) { ${this.block(inner(`${value} + i${id}`), 1)} }`;
      case "labelled":
        return `outer${id}: for (const x of [1, 2, 3]) { for (const y of [1, 2]) { if (x * y === 4) continue outer${id}; out.push(await lib.effect("${id}", x * y)); if (x === 3) break outer${id}; } }`;
      case "all":
        return this.#parallel(id, inner, "all");
      case "settled":
        return `out.push((await Promise.allSettled([lib.effect("${id}a", ${value}), lib.fails("${id}b"), (async () => { const out: unknown[] = []; ${this.block(inner(), 1)} return out; })()])).map((r) => r.status === "fulfilled" ? r.value : "rejected"));`;
      case "race":
        return this.#options.ordered
          ? `out.push(await Promise.race([lib.effect("${id}a", ${value}), lib.effect("${id}b", ${value})]));`
          : `out.push(typeof (await Promise.race([lib.effect("${id}a", ${value}), lib.effect("${id}b", ${value})])));`;
      case "map":
        return `out.push(await Promise.all([1, 2, 3].map(async (x) => { const out: unknown[] = []; ${this.block(inner(`x + ${value}`), 1)} return out; })));`;
      case "mapShort":
        return `out.push(await Promise.all([1, 2].map((x) => lib.effect("${id}", x + ${value}))));`;
      case "late":
        return `{ const p = lib.effect("${id}", ${value}); ${this.block(inner(), 1)} out.push(await p); }`;
      case "try":
        return `try { ${this.block(inner(), 1)} ${this.#random() < 0.5 ? `await lib.fails("${id}");` : ""} out.push("${id}t"); } catch (error) { out.push((error as Error).message); ${this.block(inner(), 1)} } finally { out.push(await lib.effect("${id}f", ${value})); }`;
      case "wait":
        return `await wait.for({ seconds: ${this.#random() < 0.5 ? 0.4 : 30 + Math.floor(this.#random() * 1000)} }); out.push("w");`;
      case "then":
        return `out.push(await lib.effect("${id}", ${value}).then((v: number) => { ${this.#note(`"${id}"`)} return v + 1; }));`;
      case "helper":
        return this.#helper(id, inner);
      case "recursion":
        return `{ const down = async (n: number): Promise<number> => n === 0 ? 0 : (await lib.effect("${id}", n)) + (await down(n - 1)); out.push(await down(3)); }`;
      case "pool":
        return `{ const queue = [1, 2, 3, 4]; const got: unknown[] = []; const worker = async () => { for (let x = queue.shift(); x !== undefined; x = queue.shift()) { got[x] = await lib.effect("${id}", x); ${this.#note("x")} } }; await Promise.all([worker(), worker()]); out.push(got); }`;
      case "library":
        return `out.push(await lib.${this.#pick(["pool", "slowPool", "eager"])}([1, 2, 3], async (x: number) => { const out: unknown[] = []; ${this.block(inner(`x + ${value}`), 1)} ${this.#note(`"${id}" + x`)} return out; }));`;
      case "libraryShort":
        return `out.push(await lib.pool([1, 2, 3], (x: number) => lib.effect("${id}", x + ${value})));`;
      case "collect":
        return `{ const rows: number[] = []; await lib.each([1, 2, 3], (row: number) => { rows.push(row * 2); }); out.push(rows.length, rows); }`;
      case "retryLibrary":
        return `out.push(await lib.again(async (n: number) => { const v = await lib.effect("${id}", n); if (n < 2) throw new Error("again"); return v; }));`;
      case "items":
        return `for await (const x of lib.items(${1 + Math.floor(this.#random() * 3)})) { ${this.block(inner(`x + ${value}`), 1)} ${this.#leave("x === 2")} }`;
      case "stream":
        return `{ const s${id} = await lib.open(3); let sum = 0; for await (const x of s${id}) { sum += x; ${this.#leave("sum > 2")} out.push(await lib.effect("${id}", sum)); } }`;
      case "promises":
        return `for await (const y${id} of [lib.effect("${id}a", ${value}), lib.effect("${id}b", 2), 5]) { out.push(y${id}); ${this.#note(`"${id}"`)} }`;
      case "generator":
        return this.#generator(id, inner);
      case "using":
        return `{ await using lock${id} = { async [Symbol.asyncDispose]() { out.push(await lib.effect("${id}d", ${value})); } }; ${this.block(inner(), 1)} out.push(typeof lock${id}); }`;
      case "usingLibrary":
        return `{ await using c${id} = await lib.connect(); out.push(await c${id}.ask(${value})); ${this.block(inner(), 1)} }`;
      default:
        return `{ let count = 0; const bump = async (by: number) => { count += by; const v = await lib.effect("${id}", count); count += 1; return v; }; await bump(1); await bump(2); out.push(count); }`;
    }
  }

  #parallel(id: string, inner: (known?: string) => Scope, combinator: string): string {
    const branch = () =>
      `(async () => { const out: unknown[] = []; ${this.block(inner(), 2)} return out; })()`;
    return `out.push(await Promise.${combinator}([${branch()}, ${branch()}, lib.effect("${id}", 1)]));`;
  }

  #leave(when: string): string {
    return this.#random() < 0.4 ? `if (${when}) break;` : "";
  }

  /** A generator of the author's, gone through by him, by a library, or by another generator. */
  #generator(id: string, inner: (known?: string) => Scope): string {
    const made = `async function* gen${id}() { try { for (let k = 1; k <= 3; k++) { ${this.block(inner(`k + ${inner().value}`), 1)} yield lib.effect("${id}", k); } } finally { out.push(await lib.effect("${id}f", 1)); } }`;
    const used = [
      `for await (const x of gen${id}()) { out.push(x); ${this.#leave("x % 2 === 0")} }`,
      `out.push(await lib.drain(gen${id}()));`,
      `{ const more = async function* () { yield 0; yield* gen${id}(); }; for await (const x of more()) out.push(x); }`,
    ];
    return `{ ${made} ${this.#pick(used)} }`;
  }

  #helper(id: string, inner: (known?: string) => Scope): string {
    const shared = this.#options.ordered ? "shared: unknown[], " : "";
    this.helpers.push(
      `async function help${id}(${shared}x: number) { const out: unknown[] = []; ${this.block(inner("x"), 2)} return out; }`,
    );
    return `out.push(await help${id}(${this.#options.ordered ? "shared, " : ""}${inner().value}));`;
  }
}

const ALL = [
  "unit",
  "unit",
  "note",
  "nested",
  "branch",
  "loop",
  "labelled",
  "all",
  "settled",
  "race",
  "map",
  "mapShort",
  "late",
  "try",
  "wait",
  "then",
  "helper",
  "recursion",
  "pool",
  "library",
  "libraryShort",
  "collect",
  "retryLibrary",
  "closure",
  "items",
  "stream",
  "promises",
  "generator",
  "using",
  "usingLibrary",
];

/** A task file with the id `program`. */
export function program(seed: number, options: ProgramOptions): string {
  const writer = new Writer(seed, options);
  const body = writer.block({ depth: 0, value: "payload" }, 4);
  return `import { task, wait } from "holdfast";
import { lib } from "outside";

${writer.helpers.join("\n\n")}

export const program = task({
  id: "program",
  retry: { maxAttempts: 3, minTimeoutInMs: 1000, factor: 1, randomize: false },
  run: async (payload: number) => {
    const out: unknown[] = [];
    const shared: unknown[] = [];
    ${body}
    return { out, shared };
  },
});
`;
}
