/** What is done beside the run, or by a library: children, triggers, waits, pools. */
import { bug, child, type Edit, run } from "./edit.ts";

export const beside: readonly Edit[] = [
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
