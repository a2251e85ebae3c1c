/** Objects of the author's that `await` and `for await` ask themselves: their methods are the author's code, wherever the process dies. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const query = `class Query {
  constructor(readonly q: string, readonly map: (s: string) => string) {}
  then(ok: any, no: any) { return outside.ask(this.q).then((a: string) => this.map(a)).then(ok, no); }
}`;

const programs = [
  {
    title: "thenables of a class in the run begin each in a place of its own",
    body: `${query}
      const both = await Promise.all([new Query("a", (s) => s + 1), new Query("b", (s) => s + 2)]);
      await outside.ask("end");
      return [...both, await new Query("c", (s) => s + 3)];`,
    output: ["a1", "b2", "c3"],
  },
  {
    title: "what a thenable of a class of the module awaits are units of their own",
    module: `class Later {
      constructor(readonly q: string) {}
      async load() { const one = await outside.ask(this.q); return one + (await outside.ask("more")); }
      then(ok: any, no: any) { return this.load().then(ok, no); }
    }`,
    body: `const got = [await (new Later("x") as any), ...(await Promise.all([new Later("y"), new Later("z")] as any[]))];
      await outside.ask("end");
      return got;`,
    output: ["xmore", "ymore", "zmore"],
  },
  {
    title:
      "a thenable whose callback a timer calls settles once, and one that fails throws what it failed with",
    body: `const timed = { then(ok: any) { setTimeout(() => ok("in time"), 1); } };
      const failing = { then(_ok: any, no: any) { outside.ask("f").then(() => no(new RangeError("no"))); } };
      const got = [await (timed as any)];
      await outside.ask("mid");
      try { await (failing as any); } catch (error) { got.push((error as Error).name); }
      return got;`,
    output: ["in time", "RangeError"],
  },
  {
    title: "an iterator that gives itself is moved on as it was, and so are its fields",
    module: `class Pager {
      read = 0;
      [Symbol.asyncIterator]() { return this; }
      async next() { this.read++; return this.read > 2 ? { done: true, value: undefined } : { done: false, value: await outside.ask(String(this.read)) }; }
    }`,
    body: `const counted = { n: 0, [Symbol.asyncIterator]() { return this; }, next() { return ++this.n > 2 ? Promise.resolve({ done: true, value: undefined }) : outside.ask("n" + this.n).then((value: string) => ({ done: false, value })); } };
      const got: string[] = [];
      const pager: any = new Pager(), left: any = new Pager();
      for await (const page of pager) got.push(page);
      for await (const page of counted as any) got.push(page);
      for await (const page of left) { got.push(page); break; }
      await outside.ask("end");
      return [got.join(), pager.read, counted.n, left.read];`,
    output: ["1,2,n1,n2,1", 3, 3, 1],
  },
  {
    title: "what an awaited getter calls is made once",
    module: `class Client {
      get label() { return (async () => outside.ask("label"))(); }
      get plain() { return outside.ask("plain"); }
      get self() { return this; }
    }`,
    body: `const client: any = new Client();
      const got = [await client.label, await client.plain, await client.self.plain];
      await wait.for({ hours: 1 });
      return got;`,
    output: ["label", "plain", "plain"],
    once: true,
  },
];

test.each(programs)("$title", async ({ module = "", body, output, once }) => {
  const asked: string[] = [];
  const ask = async (text: string) => {
    asked.push(text);
    return text;
  };
  outside({ ask });
  const kit = await kitOf(
    `${imports}\n${module}\nexport const t = task({ id: "t", run: async () => { ${body} } });`,
  );
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(output);
  if (once === true) expect(asked).toEqual(output);
  const reset = () => void asked.splice(0);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4, reset })).findings).toEqual([]);
});
