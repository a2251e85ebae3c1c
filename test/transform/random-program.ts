/**
 * Random programs out of a seed: expressions and statements in which the order of evaluation shows.
 *
 * Owns:      the grammar. Programs may throw: each statement catches, and what it caught is an effect.
 * Invariant: the same seed gives the same program. A getter with an effect is read only where a method is called:
 *            a tail's arguments may read members ahead of the call, which is known and documented (`inert.ts`).
 */

/** A source of numbers that depends only on its seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const PRELUDE = `
let a = 1, b = 2, c = null, n = 0; const k = "m", z = null;
const id = (x) => x, cnt = () => ++n, mk = (x) => (log("mk"), o), nul = () => null, arr = (...x) => x;
const slow = async (x) => { await null; return log(x); };
const sw = () => { [a, b] = [b, a]; return o; };
const o = {
  v: 3, s: "str", none: null, list: [1, 2, 3], m(x) { log(["m", this === o]); return x; }, self(x) { return this; },
  get g() { log("get g"); return o; }, set g(x) { log(["set g"]); }, fn: (x) => (y) => [x, y], async am(x) { await null; return this === o ? x : "lost"; },
  in: { v: 4, get m() { return function (x) { return [this === o.in, x]; }; }, up() { return o; } }, tag(s, ...x) { return [this === o, s.raw.length, x]; },
  bump() { this.v++; return { give: (x) => x, v: this.v }; }, opt: undefined,
};
class K { #p = 1; f = log("field"); constructor(x) { this.x = x; } p(x) { return [this.#p++, x]; } q(w) { return w?.#p; } static s(x) { return new this(x); } get me() { return this; } }
`;

/** Writes a random program's body. */
export function randomBody(seed: number): string {
  return new Writer(randomFrom(seed)).body();
}

class Writer {
  readonly #random: () => number;
  #depth = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  body(): string {
    const statements = Array.from({ length: 6 }, () => this.#statement(3));
    return `${PRELUDE}${statements.join("\n")}\nreturn [a, b, c, n, o.v, o.in.v];`;
  }

  #pick<T>(options: readonly T[]): T {
    const chosen = options[Math.floor(this.#random() * options.length)];
    if (chosen === undefined) throw new Error("nothing to pick from");
    return chosen;
  }

  #guarded(text: string): string {
    return `try { ${text} } catch (e) { log(["caught", e?.name ?? e]); }`;
  }

  #statement(depth: number): string {
    const e = () => this.#expression(depth);
    const make = this.#pick<() => string>([
      () => `log(${e()});`,
      () => `log(await ${e()});`,
      () => `const v1 = await ${e()}; if (!v1) throw [v1, ${e()}]; log(v1);`,
      () => `const [v2 = ${e()}, ...v3] = arr(${e()}, ${e()}); log([v2, v3]);`,
      () => `const { v: v4 = ${e()}, [${this.#key()}]: v5 } = ${this.#object()}; log([v4, typeof v5]);`,
      () => `for (const i of arr(${e()}, ${e()})) { if (${e()}) continue; log(i); }`,
      () => `switch (${e()}) { case ${e()}: log(1); case ${e()}: log(2); break; default: log(${e()}); }`,
      () => `if (${e()}) log(${e()}); else log(${e()});`,
      () => `throw ${e()};`,
      () => `log(await Promise.all([${e()}, slow(${e()}), ${e()}]));`,
      () =>
        `for (let i = 0; i < 2; i++) { const f = (x = ${this.#sync(depth)}) => ${this.#sync(depth)}; log(f(i)); }`,
      () =>
        `function* gen(x = ${this.#sync(depth)}) { yield x; yield ${this.#sync(depth)}; } log([...gen()]);`,
      () => `${this.#target()} = ${e()};`,
      () => `${this.#target()} ${this.#pick(["+=", "??=", "||=", "&&="])} ${e()};`,
      () => `${this.#target()}${this.#pick(["++", "--"])};`,
      () => `delete ${this.#pick(["mk().opt", `id({ q: ${e()} }).q`, "o.in.nothing"])};`,
      () => `try { log(${e()}); ${this.#guarded(`throw ${e()};`)} } finally { log(${e()}); }`,
      () =>
        `const h = async (x, y = ${this.#sync(depth - 1)}) => ${e()}; log(await Promise.allSettled([h(1), h(${e()})]));`,
    ]);
    return this.#guarded(make());
  }

  /** An expression without await, for places where none is allowed. */
  #sync(depth: number): string {
    return this.#expression(depth).replaceAll("await ", "");
  }

  #expression(depth: number): string {
    if (depth <= 0 || this.#depth > 8) return this.#atom();
    this.#depth += 1;
    const e = () => this.#expression(depth - 1);
    const make = this.#pick<() => string>([
      () => this.#chain(depth),
      () => this.#chain(depth),
      () => this.#chain(depth),
      () => `(await ${e()})`,
      () => `(${e()} ${this.#pick(["+", "===", "&&", "||", "??", ",", "<"])} ${e()})`.replace(/\?\?/, "??"),
      () => `(${e()} ? ${e()} : ${e()})`,
      () => `[${e()}, ...arr(${e()})]`,
      () => `{ x: ${e()}, [${this.#key()}]: ${e()}, ...id(${e()}) }`,
      () => `((x) => ${this.#sync(depth - 1)})(${e()})`,
      () => `(await (async (x) => { log(x); return ${e()}; })(${e()}))`,
      () => `\`t\${typeof ${e()}}\``,
      () => `(${this.#pick(["a", "b", "n"])} = ${e()})`,
      () => `(${this.#target()} = ${e()})`,
      () => this.#pick(["a++", "--b", "n++", "(a += cnt())", "(c ??= cnt())", "typeof cnt()", "!cnt()"]),
      () => `new K(${e()})${this.#pick(["", ".x", `.p(${e()})`, ".me.f", `?.q?.(${e()})`])}`,
      () => `K.s(${e()}).me.p(${e()})`,
    ]);
    const text = make();
    this.#depth -= 1;
    return text.startsWith("{") ? `(${text})` : text;
  }

  #atom(): string {
    return this.#pick([
      "1",
      "a",
      "b",
      "c",
      "n",
      '"s"',
      "null",
      "o",
      "o.v",
      "z",
      "k",
      "cnt()",
      "undefined",
      "[a, b]",
      "0",
      "a++",
    ]);
  }

  #key(): string {
    return this.#pick([`"m"`, "k", "(cnt(), k)", `log("m")`, `id("v")`, `"self"`]);
  }

  #object(): string {
    return this.#pick(["o", "mk()", "sw()", "o.in", "o?.g", "id(o)", "(await slow(o))", "o.self().in"]);
  }

  #target(): string {
    return this.#pick([
      "a",
      "b",
      "c",
      "o.v",
      "mk().v",
      `o[${this.#key()}.length]`,
      "o.in.v",
      "mk().in.v",
      "o.self().g",
    ]);
  }

  /** A chain: a start, and links of every kind. */
  #chain(depth: number): string {
    let text = this.#pick([
      "o",
      "mk()",
      "mk(a)",
      "sw()",
      "o.bump()",
      "nul()",
      "z",
      "id",
      "(o.g).self()",
      "(await slow(o))",
      "arr(a, b)",
      "o.none",
      "new K(a)",
    ]);
    const links = 1 + Math.floor(this.#random() * 4);
    for (let i = 0; i < links; i++) text += this.#link(depth);
    // Members alone could be read ahead, as arguments of a tail, and throw there.
    if (!text.includes("(")) text += "?.(1)";
    return this.#pick([
      text,
      text,
      text,
      `(${text})`,
      `(${text})${this.#link(depth)}`,
      `(${text} as any)${this.#link(depth)}`,
    ]);
  }

  #link(depth: number): string {
    const e = () => this.#expression(depth - 2);
    const args = () =>
      this.#pick([
        e(),
        "",
        `${e()}, ${e()}`,
        `...arr(${e()})`,
        "a",
        "o.v",
        "n",
        '"x"',
        "{ ...o.list }",
        "() => a",
        "[b, 1]",
        "-a",
        "`x`",
      ]);
    const dot = () => this.#pick([".", ".", ".", "?.", "!."]);
    const name = () =>
      this.#pick(["m", "self", "in", "g", "v", "none", "give", "fn", "am", "up", "bump", "opt", "list", "x"]);
    return this.#pick<() => string>([
      () => `${dot()}${name()}(${args()})`,
      () => `${dot()}${name()}(${args()})`,
      () => `${dot()}self(${args()})`,
      () => `${dot()}${this.#pick(["in", "none", "v", "give", "fn", "am", "up", "opt", "list", "x"])}`,
      () => `${dot()}${name()}?.(${args()})`,
      () => `?.[${this.#key()}](${args()})`,
      () => `[${this.#key()}](${args()})`,
      () => `[${this.#key()}]`,
      () => `(${args()})`,
      () => `.then?.((x) => ${this.#sync(1)})`,
      () => ".list.map((x) => log(x)).at(0)",
    ])();
  }
}
