/** Behind which awaits nothing stands that anybody could see: the engine may write their record with the run's end. */
import { describe, expect, test } from "vitest";
import { transform } from "../../transform/transform.ts";

const around = (body: string, params = "payload"): string => `
import { wait } from "holdfast";
import * as lib from "./lib";
import { use } from "./use";
const work = (value) => lib.work(value);
const base = "https://example.com";
export async function run(${params}) { ${body} }`;

/** The flags of quietness of each call of `work` in a function with this body. */
const flags = (body: string, params?: string): string[] =>
  transform(around(body, params), { file: "a.js" })
    .sites.filter(({ name, function: path }) => name === "work" && path === "run")
    .map((site) => site.flags.replaceAll(/[^pq]/g, ""));

describe("nobody sees what comes behind the await", () => {
  test.each([
    ["the end", "await work(1);", ["q"]],
    ["a literal", `await work(1); return "done";`, ["q"]],
    ["a loop of awaits", "for (let i = 0; i < 9; i++) await work(i); return 1;", ["q"]],
    ["a loop over what was awaited", "const all = await work(1); return all.length;", ["q"]],
    ["a sum", "let sum = 0; for (let i = 0; i < 9; i++) sum += await work(i); return sum;", ["q"]],
    [
      "members of the result",
      "const { id, items: [first] } = await work(1); return { id, first, n: first.n };",
      ["q"],
    ],
    [
      "pure functions of the result",
      "const r = await work(1); return Math.max(r.a, JSON.stringify(r).length);",
      ["q"],
    ],
    ["a text of the module's constants", `const r = await work(1); return \`\${base}/\${r.id}\`;`, ["q"]],
    ["another await behind it", "await work(1); await work(2);", ["q", "q"]],
    ["a choice", "const r = await work(1); if (r.ok === true) return 1; else return 2;", ["q"]],
    ["calls in front of it", "use(1); await work(use(2)); return 1;", ["q"]],
    ["what a call of Holdfast's comes behind", "await work(1); await wait.for({ seconds: 1 });", ["q"]],
    ["a call that is returned", "return work(1);", ["q"]],
    [
      "a function that sees nothing change",
      "const a = 1; await work(() => use(a, payload)); return a;",
      ["q"],
    ],
    [
      "functions of a loop's rounds, each of which has its own variable",
      "let r; for (let i = 0; i < 9; i++) { const a = i; r = await work(() => use(i, a, r2 => r2.r)); } return r;",
      ["q"],
    ],
    [
      "a function of the function's own",
      "await work(() => help(payload)); function help(x) { return x; }",
      ["q"],
    ],
    ["a payload's members", "for (const x of payload.items) await work(x); return payload.name;", ["p"]],
  ])("%s", (_, body, found) => {
    expect(flags(body)).toEqual(found);
  });
});

describe("somebody may see what comes behind the await", () => {
  test.each([
    ["a call", "await work(1); use(1);"],
    ["a call in an earlier place of the same loop", "for (;;) { use(1); await work(1); }"],
    ["a call among the arguments of the next one", "await work(1); await lib.other(use(1));"],
    ["a method of an object that is called next", "await work(1); await lib.client.send(1);"],
    ["a construction", "await work(1); return new Map();"],
    ["a tagged template", "await work(1); return use`x`;"],
    ["a getter of somebody's object", "await work(1); return lib.state.size;"],
    ["somebody's object in a text", `await work(1); return \`\${lib}\`;`],
    ["somebody's object in a sum", "await work(1); return lib + 1;"],
    ["an unknown parameter in a default", "await work(1); return other.x;", "payload, other = use(1)"],
    ["a spread", "await work(1); return [...lib];"],
    ["a loop over somebody's object", "await work(1); for (const each of lib.all) {} return 1;"],
    ["a loop that may never end", "await work(1); while (payload) {} return 1;"],
    ["an await of a promise", "await work(1); await lib.promise;"],
    ["an inline await", "await work(1); await /* holdfast:inline */ lib.other();"],
    ["a member that is written", "await work(1); lib.done = true;"],
    ["a member of a local object that is written", "const o = {}; await work(1); o.a = 1; return 1;"],
    ["a variable from outside that is written", "await work(1); outer = 1;"],
    ["a deletion", "await work(1); delete lib.a;"],
    ["`in`", 'await work(1); return "a" in lib;'],
    ["`instanceof`", "await work(1); return 1 instanceof lib.A;"],
    ["an error that is thrown", "const r = await work(1); if (r.bad) throw new Error(use(r)); return 1;"],
    ["a `try` around it", "try { await work(1); } catch { use(1); }"],
    ["a `finally` around what is returned", "try { return work(1); } finally { use(1); }"],
    ["a function that shares the variables", "let r; use(() => r); r = await work(1); return 1;"],
    ["a function that changes a variable", "let r; await work(() => { r = 1; }); return 1;"],
    [
      "a function that sees a variable that changes behind it",
      "let r; await work(() => use(r)); r = 2; return 1;",
    ],
    ["a function that sees what an await gives", "use(() => r); var r = await work(1); return 1;"],
    ["a function that sees what is declared behind it", "use(() => r); const r = await work(1); return 1;"],
    [
      "a function that is there before what it sees",
      "use(help); const r = await work(1); function help() { return r; }",
    ],
    [
      "a round's variable that the round changes",
      "for (let i = 0; i < 9; i++) { await work(() => i); i += 1; }",
    ],
    ["a round's variable that its function changes", "for (let i = 0; i < 9; i++) await work(() => i++);"],
    ["a function in the head of a loop", "for (let i = 0, f = () => i; i < 9; i++) await work(f);"],
    ["a variable that all rounds share", "let i; for (i = 0; i < 9; i++) await work(() => i);"],
    ["a function that sees all arguments", "await work(() => arguments[0]); return 1;"],
    [
      "a function within a function that changes a variable",
      "let r; await work(() => () => { r = 1; }); return 1;",
    ],
    ["a class that does", "class A { x = 1; } await work(1); return 1;"],
    ["a `using` in front of it", "using held = use(1); await work(1); return 1;"],
    ["a literal object that somebody was given", "const o = { a: 1 }; use(o); await work(1); return o.a;"],
    ["a variable that was given somebody's object", "let o = 1; o ??= lib; await work(1); return o.a;"],
    ["a returned thenable", "const query = use(1); await work(1); return query;"],
    ["a promise that is kept", "const kept = work(1); await kept;"],
    ["a list of promises", "await Promise.all([work(1), work(2)]);"],
    ["a module that is loaded", 'await work(1); await import("./other");'],
  ])("%s", (_: string, body: string, params?: string) => {
    const found = flags(body, params);
    expect(found).not.toEqual([]);
    expect(found.filter((flag) => flag !== "")).toEqual([]);
  });
});
