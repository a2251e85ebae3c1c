/** Getters, setters, iterators and traps of the author's own: what they begin is his code, wherever they are read from and wherever the process dies. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const client = `class Client {
  constructor(readonly name = "") {}
  #ready() { return outside.ask("ready" + this.name); }
  get ready() { return this.#ready(); }
  get self() { outside.log(); return this; }
  get label() { return (async () => (await outside.ask("label" + this.name)) + "!")(); }
  get items() { return outside.ask("items").then((text: string) => [text, "more"]); }
  get pages() { return (async function* () { yield await outside.ask("p1"); yield await outside.ask("p2"); })(); }
  get session() { return outside.ask("session").then((id: string) => ({ id, async [Symbol.asyncDispose]() { await outside.ask("closed"); } })); }
  static get shared() { return outside.ask("shared"); }
  began: any;
  set token(token: string) { this.began = outside.ask(token); }
  *[Symbol.iterator]() { yield outside.ask("i1"); yield outside.ask("i2"); }
}`;

const programs = [
  {
    title: "returned",
    body: `const c = new Client(), ready = async () => c.ready, hand = () => c.ready;
      return [await ready(), await hand(), await Promise.resolve(c.ready), await (async () => { try { return c.label; } finally {} })()];`,
    output: ["ready", "ready", "ready", "label!"],
  },
  {
    title: "among those of a combinator",
    body: `const [a, b] = [new Client("a"), new Client("b")];
      const list = [a.ready, b.label];
      return [...(await Promise.all([a.ready, b.ready])), await Promise.race([a.label]), await Promise.any([b.label]),
        ...(await Promise.allSettled([a.ready])).map((each: any) => each.value), ...(await Promise.all(list))];`,
    output: ["readya", "readyb", "labela!", "labelb!", "readya", "readya", "labelb!"],
  },
  {
    title: "kept in a variable, taken out by a pattern, given as an argument",
    body: `const c = new Client(), p = c.ready;
      const { label, ...rest } = { label: c.label, self: c };
      const { ready } = rest.self;
      const first = await outside.ask("mid");
      const wrap = async (given: Promise<string>) => (await given) + "?";
      return [first, await p, await label, await ready, await wrap(c.ready), await c.self.self.ready];`,
    output: ["mid", "ready", "label!", "ready", "ready?", "ready"],
  },
  {
    title: "in optional chains and branches",
    body: `const c: any = new Client(), none: any = undefined;
      return [await c?.ready, await (none?.ready ?? c.ready), await (c ? c.label : none), await c["ready"], await (none || c.ready)];`,
    output: ["ready", "ready", "label!", "ready", "ready"],
  },
  {
    title: "gone through, and disposed of",
    body: `const c = new Client(), got: string[] = [];
      for await (const page of c.pages) got.push(page);
      const all = async function* () { yield c.ready; yield* c.pages; };
      for await (const page of all()) got.push(page);
      for await (const each of c) got.push(each);
      for (const each of c) got.push(await each);
      got.push(...(await Promise.all([...c])));
      for (const each of await c.items) got.push(each);
      { await using held = await c.session; got.push(held.id); }
      return got;`,
    output: "p1 p2 ready p1 p2 i1 i2 i1 i2 i1 i2 items more session".split(" "),
  },
  {
    title: "static ones, setters and those of objects",
    module: `const literal = { get ready() { return outside.ask("literal"); } };
      const defined: any = Object.defineProperty({}, "ready", { get: () => outside.ask("defined") });
      const both: any = Object.defineProperties({}, { ready: { get() { return outside.ask("both"); } } });
      const trapped: any = new Proxy({}, { get: (_target, name) => name === "then" ? undefined : outside.ask("trap " + String(name)) });
      const load = () => outside.ask("named");
      const named: any = Object.defineProperty({}, "ready", { get: load });`,
    body: `const c = new Client();
      c.token = "token";
      const list = [literal.ready, defined.ready, both.ready, trapped.one, named.ready];
      const own = { get ready() { return outside.ask("own"); } }, p = own.ready;
      return [await Client.shared, ...(await Promise.all([Client.shared])), await c.began, ...(await Promise.all(list)), await p];`,
    output: ["shared", "shared", "token", "literal", "defined", "both", "trap one", "named", "own"],
  },
  {
    title: "read by branches that go on at the same time",
    body: `const load = async (id: string) => { await outside.ask(id); const c = new Client(id), p = c.ready; return [await c?.label, await p]; };
      return (await Promise.all(["x", "y", "z"].map(load))).flat();`,
    output: ["labelx!", "readyx", "labely!", "readyy", "labelz!", "readyz"],
  },
  {
    title: "read in a function that a library calls",
    body: `const c = new Client();
      return await outside.each(["a", "b"], async (id: string) => { const p = c.ready; await outside.ask(id); return id + (await p); });`,
    output: ["aready", "bready"],
  },
];

test.each(programs)("what a getter begins is made once: $title", async ({ module = "", body, output }) => {
  const asked: string[] = [];
  const ask = async (text: string) => {
    asked.push(text);
    return text;
  };
  const each = async (ids: string[], fn: (id: string) => Promise<string>) => {
    const got: string[] = [];
    for (const id of ids) got.push(await fn(id));
    return got;
  };
  outside({ ask, each, log: () => {} });
  const kit = await kitOf(`${imports}\n${client}\n${module}
    export const t = task({ id: "t", run: async () => { ${body} } });
    export const waiting = task({ id: "waiting", run: async () => { const got = await (async () => { ${body} })(); await wait.for({ hours: 1 }); return got; } });`);
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(output);
  const once = asked.splice(0);
  expect((await kit.run("waiting")).output).toEqual(output);
  expect(asked.splice(0)).toEqual(once);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
