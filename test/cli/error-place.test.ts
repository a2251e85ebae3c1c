/** The stack of an error that ends a run names the author's lines, through bundling: `holdfast dev` runs what it has built. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { makeProject, type Project } from "./project.ts";

/** Bodies of tasks: the error of the marked line is to be shown at that line; and lines of other files that it is to name. */
const bodies: Readonly<Record<string, readonly [body: string, others?: readonly string[]]>> = {
  plain: ["await ok(1);\n  await fails(); // HERE"],
  thrown: ['await ok(1);\n  throw new Error("broke"); // HERE'],
  nested: ["await ok(\n    await ok(1),\n    await fails(), // HERE\n  );"],
  member: [
    "const client = { deep: { fails } };\n  return client.deep\n    .fails() // HERE\n    .then((x: unknown) => x);",
  ],
  parallel: ["await Promise.all([\n    ok(1),\n    fails(), // HERE\n  ]);"],
  later: ["const p = fails(); // HERE\n  await ok(2);\n  await p;"],
  loop: ["for (const n of [1, 2]) {\n    await ok(n);\n    if (n === 2) await fails(); // HERE\n  }"],
  items: ["for await (const n of failing()) { // HERE\n    await ok(n);\n  }"],
  helper: ["await ok(1);\n  await helped(); // HERE", ["lib/helper.ts:7"]],
  method: ["await new Shop().sell(); // HERE", ["lib/helper.ts:13"]],
  disposed: ["await using bad = new Bad(); // HERE\n  await ok(1);"],
  stepped: ['await step("a name", async () => { // HERE\n    await fails();\n  });'],
  given: ["await each([1], async () => {\n    await fails(); // HERE\n  });"],
  sync: ['await ok(1);\n  JSON.parse(String(await ok("{"))); // HERE'],
  returned: ["const inner = async () => {\n    return fails(); // HERE\n  };\n  await inner();"],
};

const outside = `
const tick = () => new Promise((done) => setTimeout(done, 1));
export const ok = async (value) => { await tick(); return value; };
export const fails = async () => { await tick(); throw Object.assign(new Error("broke"), { status: 400 }); };
export async function* failing() { yield 1; await tick(); throw Object.assign(new Error("broke"), { status: 400 }); }
export class Bad { socket = new AbortController(); async [Symbol.asyncDispose]() { await fails(); } }
export const each = async (items, fn) => { for (const item of items) await fn(item); };
`;

const helper = `import { fails } from "outside";
interface Unused { readonly a: string }
/** A comment, types and blank lines move the generated code. */
export async function helped(): Promise<void> {

  const inner = async (_: Unused["a"]) => {
    await fails();
  };
  await inner("x");
}
export class Shop {
  async sell(): Promise<void> {
    await fails();
  }
}
`;

const fileOf = (id: string, body: string): string => `import { step, task } from "holdfast";
import { Bad, each, failing, fails, ok } from "outside";
import { helped, Shop } from "../lib/helper.ts";

export const unused = [step, Bad, each, failing, fails, ok, helped, Shop] as unknown[];
type Payload = { readonly n: number };
export const it = task({ id: "${id}", retry: { maxAttempts: 1 }, run: async (_payload: Payload) => {
  ${body}
} });
`;

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  const tasks = Object.entries(bodies).map(([id, [body]]) => [`tasks/${id}.ts`, fileOf(id, body)] as const);
  project = await makeProject({
    ...Object.fromEntries(tasks),
    "lib/helper.ts": helper,
    "node_modules/outside/package.json": `{ "name": "outside", "type": "module", "exports": "./index.js" }`,
    "node_modules/outside/index.js": outside,
  });
  holdfast = await project.start();
});
afterAll(() => project.end());

const lineOf = (text: string): number => text.split("\n").findIndex((line) => line.includes("// HERE")) + 1;

test.each(Object.entries(bodies))(
  "an error is shown at the author's line: %s",
  async (id, [body, others = []]) => {
    const run = await holdfast.finished(await holdfast.trigger(id, { n: 1 }));
    const { stackTrace: stack = "" } = run.error as { stackTrace?: string };
    expect(run.status, stack).toBe("FAILED");
    for (const place of [`tasks/${id}.ts:${lineOf(fileOf(id, body))}`, ...others])
      expect(stack).toMatch(new RegExp(`${place}\\b`));
  },
);
