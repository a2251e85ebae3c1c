/**
 * P9: changes that people make to a task between its failure and its resume.
 *
 * Each row: the task body before (it fails with "bug"), the body after, which outside calls the resume may make, and how it
 * ends. `act` and `pay` are outside calls: they give what they were given.
 */

/** A change of a task's code, and what the resumed run has to do with it. */
export interface Edit {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Calls that the resumed run makes, in any order; all others were made before, and are not made again. */
  readonly makes: readonly string[];
  /** What it ends with; `HF315`: it stops, and asks. */
  readonly gives: unknown;
  /** What comes of the answers, given until nothing is asked any more: calls that are made, and how it ends. */
  readonly redone?: readonly [makes: readonly string[], gives: unknown];
  readonly kept?: readonly [makes: readonly string[], gives: unknown];
}

/** A body that runs between the task's braces; helpers stand above the task. */
const run = (body: string, helpers = ""): string => `${helpers}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async (input: { xs: string[]; n: number }) => {
${body}
} });`;

const child = `const child = task({ id: "child", run: async ({ of }: { of: string }) => await outside.act(of) });`;
const bug = `throw new Error("bug");`;
const two = `const a = await outside.act("a");\n  const b = await outside.pay("b", 5);`;

export const edits: readonly Edit[] = [
  {
    name: "the bug is taken out",
    before: run(`${two}\n  ${bug}`),
    after: run(`${two}\n  return a + b;`),
    makes: [],
    gives: "ab",
  },
  {
    name: "variables are renamed",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `const first = await outside.act("a");\n  const second = await outside.pay("b", 5);\n  return first + second;`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "a literal becomes a variable",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `const name = "a";\n  const a = await outside.act(name);\n  const price = { is: 5 };\n  return a + (await outside.pay("b", price.is));`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "the source is formatted anew and commented",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `/* first */ const a =\n    await outside\n      .act(\n        "a", // the first\n      );\n  const b = await outside.pay('b', 5,);\n  return a + b;`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "a call moves into a helper",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `const a = await first();\n  const b = await outside.pay("b", 5);\n  return a + b;`,
      `async function first() { return await outside.act("a"); }`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "both calls move into a helper that is given the values",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `return await both("a", "b", 5);`,
      `async function both(x: string, y: string, price: number) { const a = await outside.act(x); return a + (await outside.pay(y, price)); }`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "a helper is taken out, and its call stands in the task",
    before: run(
      `const a = await first("a");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(`const a = await outside.act("a");\n  return a;`),
    makes: [],
    gives: "a",
  },
  {
    name: "a helper is renamed",
    before: run(
      `const a = await first("a");\n  const b = await first("b");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(
      `const a = await send("a");\n  const b = await send("b");\n  return a + b;`,
      `async function send(x: string) { return await outside.act(x); }`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "a helper's parameter is renamed",
    before: run(
      `const a = await first("a");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(
      `const a = await first("a");\n  return a;`,
      `async function first(name: string) { return await outside.act(name); }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "a function becomes an arrow",
    before: run(
      `const a = await first("a");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(
      `const a = await first("a");\n  return a;`,
      `const first = async (x: string) => await outside.act(x);`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "a helper becomes a method",
    before: run(
      `const a = await first("a");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(
      `const a = await new Shop().first("a");\n  return a;`,
      `class Shop { async first(x: string) { return await outside.act(x); } }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "a call is wrapped in try",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `let all = "";\n  try {\n    all += await outside.act("a");\n    all += await outside.pay("b", 5);\n  } catch (error) { all = "caught"; }\n  return all;`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "a call is wrapped in a condition",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `let all = "";\n  if (input.n > 0) { all += await outside.act("a"); all += await outside.pay("b", input.n); }\n  return all;`,
    ),
    makes: [],
    gives: "ab",
  },
  {
    name: "two calls become parallel",
    before: run(`${two}\n  ${bug}`),
    after: run(`const [a, b] = await Promise.all([outside.act("a"), outside.pay("b", 5)]);\n  return a + b;`),
    makes: [],
    gives: "ab",
  },
  {
    name: "parallel calls become one after the other",
    before: run(`const [a, b] = await Promise.all([outside.act("a"), outside.pay("b", 5)]);\n  ${bug}`),
    after: run(`${two}\n  return a + b;`),
    makes: [],
    gives: "ab",
  },
  {
    name: "a loop becomes parallel",
    before: run(`for (const x of input.xs) await outside.act(x);\n  ${bug}`),
    after: run(`const all = await Promise.all(input.xs.map((x) => outside.act(x)));\n  return all.join("");`),
    makes: [],
    gives: "xyz",
  },
  {
    name: "a loop becomes parallel, with an async callback",
    before: run(`for (const x of input.xs) await outside.act(x);\n  ${bug}`),
    after: run(
      `const all = await Promise.all(input.xs.map(async (x) => { const got = await outside.act(x); return got; }));\n  return all.join("");`,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "a for loop becomes a while loop",
    before: run(`for (const x of input.xs) await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  let i = 0;\n  while (i < input.xs.length) { const x = input.xs[i++]; all += await outside.act(x); }\n  return all;`,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "another call is added behind",
    before: run(`${two}\n  ${bug}`),
    after: run(`${two}\n  const c = await outside.act("c");\n  return a + b + c;`),
    makes: ["act c"],
    gives: "abc",
  },
  {
    name: "a call of something else is added in front",
    before: run(`${two}\n  ${bug}`),
    after: run(`const c = await outside.check("c");\n  ${two}\n  return a + b + c;`),
    makes: ["check c"],
    gives: "abc",
  },
  {
    name: "another call of the same is added in front",
    before: run(`${two}\n  ${bug}`),
    after: run(`const c = await outside.act("c");\n  ${two}\n  return a + b + c;`),
    makes: ["act c"],
    gives: "abc",
  },
  {
    name: "an equal call is added in front: one more is made",
    before: run(`${two}\n  ${bug}`),
    after: run(`const c = await outside.act("a");\n  ${two}\n  return a + b + c;`),
    makes: ["act a"],
    gives: "aba",
  },
  {
    name: "an equal call is added in front, in a helper: one more is made",
    before: run(`${two}\n  ${bug}`),
    after: run(
      `const c = await warm();\n  ${two}\n  return a + b + c;`,
      `async function warm() { return await outside.act("a"); }`,
    ),
    makes: ["act a"],
    gives: "aba",
  },
  {
    name: "a call is taken out",
    before: run(`${two}\n  ${bug}`),
    after: run(`const b = await outside.pay("b", 5);\n  return b;`),
    makes: [],
    gives: "b",
  },
  {
    name: "two calls of different functions change places",
    before: run(`${two}\n  ${bug}`),
    after: run(`const b = await outside.pay("b", 5);\n  const a = await outside.act("a");\n  return a + b;`),
    makes: [],
    gives: "ab",
  },
  {
    name: "two calls of one function change places",
    before: run(`const a = await outside.act("a");\n  const b = await outside.act("b");\n  ${bug}`),
    after: run(`const b = await outside.act("b");\n  const a = await outside.act("a");\n  return a + b;`),
    makes: [],
    gives: "ab",
  },
  {
    name: "a loop goes the other way round",
    before: run(`for (const x of input.xs) await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  for (const x of [...input.xs].reverse()) all += await outside.act(x);\n  return all;`,
    ),
    makes: [],
    gives: "zyx",
  },
  {
    name: "a loop gets one more at its end",
    before: run(`let all = "";\n  for (const x of input.xs) all += await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  for (const x of [...input.xs, "w"]) all += await outside.act(x);\n  return all;`,
    ),
    makes: ["act w"],
    gives: "xyzw",
  },
  {
    name: "a loop gets one more in front: it stands where a recorded one stood",
    before: run(`let all = "";\n  for (const x of input.xs) all += await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  for (const x of ["w", ...input.xs]) all += await outside.act(x);\n  return all;`,
    ),
    makes: [],
    gives: "HF315",
    redone: [["act w"], "wxyz"],
    kept: [["act z"], "xyzz"],
  },
  {
    name: "a loop loses its first",
    before: run(`let all = "";\n  for (const x of input.xs) all += await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  for (const x of input.xs.slice(1)) all += await outside.act(x);\n  return all;`,
    ),
    makes: [],
    gives: "yz",
  },
  {
    name: "parallel branches get one more in front",
    before: run(`const all = await Promise.all(input.xs.map((x) => outside.act(x)));\n  ${bug}`),
    after: run(
      `const all = await Promise.all(["w", ...input.xs].map((x) => outside.act(x)));\n  return all.join("");`,
    ),
    makes: ["act w"],
    gives: "wxyz",
  },
  {
    name: "a loop's source changes one of its items",
    before: run(`let all = "";\n  for (const x of input.xs) all += await outside.act(x);\n  ${bug}`),
    after: run(
      `let all = "";\n  for (const x of input.xs.map((each) => (each === "y" ? "Y" : each))) all += await outside.act(x);\n  return all;`,
    ),
    makes: [],
    gives: "HF315",
    redone: [["act Y"], "xYz"],
    kept: [[], "xyz"],
  },
  {
    name: "an argument's value changes",
    before: run(`${two}\n  ${bug}`),
    after: run(`const a = await outside.act("a");\n  const b = await outside.pay("b", 6);\n  return a + b;`),
    makes: [],
    gives: "HF315",
    redone: [["pay b"], "ab"],
    kept: [[], "ab"],
  },
  {
    name: "an argument's expression and value change",
    before: run(`const b = await outside.pay("b", input.n);\n  ${bug}`),
    after: run(`const b = await outside.pay("b", input.n * 2);\n  return b;`),
    makes: [],
    gives: "HF315",
    redone: [["pay b"], "b"],
    kept: [[], "b"],
  },
  {
    name: "an argument is computed otherwise, and comes to the same",
    before: run(`const b = await outside.pay("b", input.n);\n  ${bug}`),
    after: run(`const b = await outside.pay("b", Math.round(input.n * 1.0));\n  return b;`),
    makes: [],
    gives: "b",
  },
  {
    name: "an argument is added",
    before: run(`const b = await outside.pay("b", input.n);\n  ${bug}`),
    after: run(`const b = await outside.pay("b", input.n, "EUR");\n  return b;`),
    makes: [],
    gives: "HF315",
    redone: [["pay b"], "b"],
    kept: [[], "b"],
  },
  {
    name: "another function is called in its place",
    before: run(`const b = await outside.pay("b", 5);\n  ${bug}`),
    after: run(`const b = await outside.refund("b", 5);\n  return b;`),
    makes: ["refund b"],
    gives: "b",
  },
  {
    name: "the failing call is mended",
    before: run(`${two}\n  await outside.broken("x");`),
    after: run(`${two}\n  return a + b + (await outside.act("x"));`),
    makes: ["act x"],
    gives: "abx",
  },
  {
    name: "the failing call gets other arguments",
    before: run(`${two}\n  await outside.broken("bad");`),
    after: run(`${two}\n  return a + b + (await outside.broken("good"));`),
    makes: ["broken good"],
    gives: "abgood",
  },
  {
    name: "a step keeps its name, and its function is changed",
    before: run(`const a = await step("one", async () => outside.act("a"));\n  ${bug}`),
    after: run(`const a = await step("one", async () => { return outside.act("other"); });\n  return a;`),
    makes: [],
    gives: "a",
  },
  {
    name: "a step moves into a helper",
    before: run(`const a = await step("one", async () => outside.act("a"));\n  ${bug}`),
    after: run(
      `return await one();`,
      `async function one() { return await step("one", async () => outside.act("a")); }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "a call moves into a nested helper two levels down",
    before: run(
      `const a = await first("a");\n  ${bug}`,
      `async function first(x: string) { return await outside.act(x); }`,
    ),
    after: run(
      `return await outer();`,
      `async function outer() { return await inner(); }\nasync function inner() { return await first("a"); }\nasync function first(x: string) { return await outside.act(x); }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "one loop becomes two helpers that share the work",
    before: run(
      `for (const x of input.xs) { await outside.act(x); await outside.pay(x, input.n); }\n  ${bug}`,
    ),
    after: run(
      `await acts(input.xs);\n  return await pays(input.xs, input.n);`,
      `async function acts(xs: string[]) { for (const x of xs) await outside.act(x); }\nasync function pays(xs: string[], n: number) { let all = ""; for (const x of xs) all += await outside.pay(x, n); return all; }`,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "a wait moves into a helper: it is not waited for again",
    before: run(`await wait.for({ days: 3 });\n  const a = await outside.act("a");\n  ${bug}`),
    after: run(
      `const before = Date.now();\n  await rest();\n  const a = await outside.act("a");\n  return a + (Date.now() - before < 86_400_000 ? "" : " late");`,
      `async function rest() { await wait.for({ days: 3 }); }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "a child moves into a helper: it is not started again",
    before: run(`const a = await child.triggerAndWait({ of: "a" }).unwrap();\n  ${bug}`, child),
    after: run(
      `return await first("a");`,
      `${child}\nasync function first(of: string) { return await child.triggerAndWait({ of }).unwrap(); }`,
    ),
    makes: [],
    gives: "a",
  },
  {
    name: "children become parallel",
    before: run(`for (const of of input.xs) await child.triggerAndWait({ of });\n  ${bug}`, child),
    after: run(
      `const all = await Promise.all(input.xs.map((of) => child.triggerAndWait({ of }).unwrap()));\n  return all.join("");`,
      child,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "a child gets another payload at its place",
    before: run(`const a = await child.triggerAndWait({ of: "a" }).unwrap();\n  ${bug}`, child),
    after: run(`const a = await child.triggerAndWait({ of: "b" }).unwrap();\n  return a;`, child),
    makes: [],
    gives: "HF315",
    redone: [["act b"], "b"],
    kept: [[], "a"],
  },
  {
    name: "a trigger moves into a helper: no other run is started",
    before: run(
      `const { id } = await child.trigger({ of: "a" });\n  await outside.act(id);\n  ${bug}`,
      child,
    ),
    after: run(
      `const id = await begin("a");\n  await outside.act(id);\n  return "same";`,
      `${child}\nasync function begin(of: string) { return (await child.trigger({ of })).id; }`,
    ),
    makes: [],
    gives: "same",
  },
  {
    name: "a loop becomes a pool of a library's",
    before: run(`for (const x of input.xs) await outside.act(x);\n  ${bug}`),
    after: run(
      `const all = await outside.pool(input.xs, async (x: string) => await outside.act(x));\n  return all.join("");`,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "a pool's call is wrapped in a helper",
    before: run(
      `const all = await outside.pool(input.xs, async (x: string) => await outside.act(x));\n  ${bug}`,
    ),
    after: run(
      `return (await acts(input.xs)).join("");`,
      `async function acts(xs: string[]) { return await outside.pool(xs, async (x: string) => await outside.act(x)); }`,
    ),
    makes: [],
    gives: "xyz",
  },
  {
    name: "two children change places",
    before: run(
      `const a = await child.triggerAndWait({ of: "a" }).unwrap();\n  const b = await child.triggerAndWait({ of: "b" }).unwrap();\n  ${bug}`,
      child,
    ),
    after: run(
      `const b = await child.triggerAndWait({ of: "b" }).unwrap();\n  const a = await child.triggerAndWait({ of: "a" }).unwrap();\n  return a + b;`,
      child,
    ),
    makes: [],
    gives: "ab",
  },
];
