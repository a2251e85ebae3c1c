/** Promises made by hand: what their functions call is made once, or the build or the first run says that it is made in each pass (HF139). */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const asked: string[] = [];
const plain = "(done: any) => outside.charge(done)";

/** How the promise is made and waited for; `module`: what stands beside the task. */
const forms: readonly (readonly [title: string, body: string, module?: string])[] = [
  ["awaited at once", `await new Promise(${plain});`],
  ["in a variable", `const p = new Promise(${plain}); await p;`],
  ["in a list", `await Promise.all([new Promise(${plain})]);`],
  [
    "in a list that is awaited later",
    `const list = [1].map(() => new Promise(${plain})); await Promise.all(list);`,
  ],
  ["in a field", `const held: any = { p: new Promise(${plain}) }; await held.p;`],
  ["with a chain behind it", `await new Promise(${plain}).then((x) => x);`],
  ["in a branch", `await (Date.now() > 0 ? new Promise(${plain}) : 1);`],
  ["as an argument", `const wait1 = async (p: any) => await p; await wait1(new Promise(${plain}));`],
  ["in a race", `await Promise.race([new Promise(${plain}), new Promise(() => {})]);`],
  [
    "with an async function",
    `await new Promise(async (done: any) => { await null; outside.charge(done); });`,
  ],
  [
    "with resolve kept",
    `let open: any; const p = new Promise((done) => { open = done; outside.charge(() => open()); }); await p;`,
  ],
  [
    "with resolve kept, awaited at once",
    `const waiting: any[] = []; await new Promise((done) => { waiting.push(done); outside.charge(() => waiting.pop()?.()); });`,
  ],
  [
    "with an object from outside",
    `const e = outside.emitter(); await new Promise((done) => { e.once("end", done); outside.charge(() => e.emit("end")); });`,
  ],
  [
    "with a variable of the module",
    `await new Promise((done: any) => { count++; outside.charge(done); });`,
    "let count = 0;",
  ],
  [
    "with a variable of another function",
    `let n = 0; const go = async () => { await new Promise((done: any) => { n++; outside.charge(done); }); }; await go();`,
  ],
  [
    "with an async function of one's own",
    `const own = async (done: any) => outside.charge(done); await new Promise((done) => { own(done); });`,
  ],
  [
    "with a function of one's own that is given resolve",
    `const own = (done: any) => outside.charge(done); await new Promise((done) => { own(done); });`,
  ],
  [
    "with a function from elsewhere",
    `await new Promise(executor);`,
    "const executor = (done: any) => outside.charge(done);",
  ],
  [
    "with a bound function",
    `await new Promise(executor.bind(null));`,
    "const executor = (done: any) => outside.charge(done);",
  ],
  ["of a class of one's own", `await new Own(${plain});`, "class Own extends Promise<any> {}"],
  ["of globalThis", `await new globalThis.Promise(${plain});`],
  [
    "by withResolvers",
    `const { promise, resolve } = withResolvers(); outside.charge(resolve); await promise;`,
    "const withResolvers = () => { let resolve: any; const promise = new Promise((ok) => { resolve = ok; }); return { promise, resolve }; };",
  ],
  [
    "by a helper of another name, with its promise",
    `const { promise, yes } = future(); outside.charge(yes); await promise;`,
    "const future = () => { let yes: any; const promise = new Promise((ok) => { yes = ok; }); return { promise, yes }; };",
  ],
  [
    "by a helper of another name, as a member",
    `const later = future(); outside.charge(later.resolve); await later.promise;`,
    "const future = () => { let resolve: any; const promise = new Promise((ok) => { resolve = ok; }); return { promise, resolve }; };",
  ],
  ["returned by a plain function", `const go = () => new Promise(${plain}); await go();`],
  ["returned by a function of the module", `await go();`, `function go() { return new Promise(${plain}); }`],
  [
    "returned by a getter",
    `await new Client().ready;`,
    `class Client { get ready() { return new Promise(${plain}); } }`,
  ],
  ["in a field of a class", `await new Client().ready;`, `class Client { ready = new Promise(${plain}); }`],
  ["from a generator", `for (const p of go()) await p;`, `function* go() { yield new Promise(${plain}); }`],
  [
    "from an async generator",
    `for await (const _ of go());`,
    `async function* go() { yield new Promise(${plain}); }`,
  ],
  ["with a pattern", `await new Promise((...[done]: any[]) => outside.charge(done));`],
  [
    "with a wait in it",
    `await new Promise((done: any) => { outside.charge(() => wait.for({ seconds: 1 }).then(done)); });`,
  ],
  [
    "with a timer around the call",
    `const p = new Promise((done) => { setTimeout(() => outside.charge(done), 1); }); await p;`,
  ],
  [
    "with a call that gives a promise",
    `const p = new Promise((done, no) => { outside.ask().then(done, no); }); await p;`,
  ],
];

/** Sound ones: what they call has records of its own. */
const sound: readonly (readonly [title: string, body: string])[] = [
  [
    "an async function by its call",
    `await new Promise((done) => later.call({ n: 4 }, (v: any) => done(v)));`,
  ],
  ["an async function", `await new Promise((done) => { own().then(done); });`],
  [
    "an async function, and a timer",
    `await new Promise((done) => { setTimeout(() => own().then(done), 1); });`,
  ],
];

test.each(sound)(
  "of a promise by hand whose calls have records of their own nothing is told: %s",
  async (_title, body) => {
    outside({ ask: async () => void asked.push("ask") });
    asked.length = 0;
    const kit = await kitOf(`${imports}
    const own = async () => { await outside.ask(); return 1; };
    function later(this: { n: number }, done: (v: number) => void) { const { n } = this; own().then(() => done(n)); }
    export const t = task({ id: "t", run: async () => { ${body} await wait.for({ hours: 1 }); return "end"; } });`);
    const report = await kit.run("t");
    expect([report.error, asked, kit.problems, report.warnings]).toEqual([undefined, ["ask"], [], []]);
    expect((await kit.crashEverywhere("t", undefined, { seeds: 1 })).findings).toEqual([]);
  },
);

test.each(forms)("a promise by hand is made once, or told: %s", async (_title, body, module = "") => {
  const { EventEmitter } = await import("node:events");
  const charge = (done: (value: string) => void) => {
    asked.push("charge");
    setTimeout(() => done("paid"), 1);
  };
  const ask = async () => void asked.push("ask");
  outside({ charge, ask, emitter: () => new EventEmitter() });
  asked.length = 0;
  const kit = await kitOf(`${imports}\n${module}
    export const t = task({ id: "t", run: async () => { ${body} await wait.for({ hours: 1 }); return "end"; } });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  const told = [...kit.problems, ...report.warnings].map(({ code }) => code);
  if (asked.length > 1) expect(told).toContain("HF139");
  expect((await kit.crashEverywhere("t", undefined, { seeds: 1 })).findings).toEqual([]);
});
