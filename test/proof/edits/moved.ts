/** Calls that stay what they are, at another place or otherwise written. */
import { bug, type Edit, run, two } from "./edit.ts";

export const moved: readonly Edit[] = [
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
];
