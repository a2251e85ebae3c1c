import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestkit } from "../../testing/index.ts";
import { folderOf, imports, kitOf, outside } from "./kit.ts";

test("a project's own packages, paths, sub-folders and other files are built as holdfast dev builds them", async () => {
  outside({ double: async (n: number) => n * 2 });
  const kit = await kitOf({
    "tsconfig.json": `{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }`,
    "lib/double.ts": `declare const outside: any; export async function twice(n: number) { return outside.double(await outside.double(n)); }`,
    "node_modules/counter/package.json": `{ "name": "counter", "main": "index.js" }`,
    "node_modules/counter/index.js": `let count = 0; module.exports = { next: () => ++count, later: async (fn) => fn(++count), fs: require("fs").existsSync("/") };`,
    "node_modules/esm-only/package.json": `{ "name": "esm-only", "type": "module", "exports": { "import": "./index.js" } }`,
    "node_modules/esm-only/index.js": `export default function add(a, b) { return a + b; } export const own = await Promise.resolve("top");`,
    "tasks/deep/er/task.ts": `import { task } from "@trigger.dev/sdk/v3";
import counter from "counter";
import add, { own } from "esm-only";
import { twice } from "@lib/double.ts";
export const deep = task({ id: "deep", run: async (n: number) => ({ twice: await twice(n), count: counter.next(), sum: add(1, n), own, fs: counter.fs, late: await counter.later(async (c: number) => twice(c)) }) });`,
    "tasks/other.ts": `import { task } from "holdfast"; import { deep } from "./deep/er/task.ts";
export const parent = task({ id: "parent", run: async (n: number) => (await deep.triggerAndWait(n).unwrap()).twice });`,
  });
  expect(kit.problems).toEqual([]);
  expect((await kit.run("deep", 3)).output).toEqual({
    twice: 12,
    count: 1,
    sum: 4,
    own: "top",
    fs: true,
    late: 8,
  });
  expect((await kit.run("parent", 3)).output).toEqual(12);
  expect(await kit.crashEverywhere("parent", 3)).toMatchObject({ findings: [] });
});

test("a package with compiled parts stays outside of the bundle, and is imported from the project", async () => {
  outside({});
  const kit = await kitOf({
    "node_modules/native/package.json": `{ "name": "native", "type": "module", "exports": { "import": "./index.js" } }`,
    "node_modules/native/binding.gyp": "",
    "node_modules/native/index.js": `export const name = "native"; export const url = import.meta.url;`,
    "tasks/main.ts": `import { name, url } from "native"; import { task } from "holdfast";
export const t = task({ id: "t", run: async () => [name, url.endsWith("/node_modules/native/index.js"), (await import("native")).name] });`,
  });
  expect((await kit.run("t")).output).toEqual(["native", true, "native"]);
});

test("two versions of a package that makes ids serve each whoever imports them", async () => {
  outside({});
  const version = (folder: string, alphabet: string) => ({
    [`${folder}/node_modules/nanoid/package.json`]: `{ "name": "nanoid", "version": "${alphabet}", "type": "module", "main": "index.js" }`,
    [`${folder}/node_modules/nanoid/index.js`]: `export const urlAlphabet = "${alphabet}"; export const nanoid = () => ""; export const customAlphabet = () => nanoid; export const random = () => [];`,
  });
  const kit = await kitOf({
    ...version(".", "a"),
    ...version("lib", "b"),
    "lib/id.ts": `import { nanoid } from "nanoid"; export const other = () => nanoid(3);`,
    "tasks/main.ts": `import { nanoid } from "nanoid"; import { task } from "holdfast"; import { other } from "../lib/id.ts";
export const t = task({ id: "t", run: async () => [nanoid(3), other()] });`,
  });
  expect((await kit.run("t")).output).toEqual(["aaa", "bbb"]);
});

test("children run, one by one and a hundred at once, and a queue's limit makes them wait", async () => {
  const world = outside({
    now: 0,
    most: 0,
    work: async (n: number) => {
      world.most = Math.max(world.most, ++world.now);
      await new Promise((resolve) => setImmediate(resolve));
      world.now--;
      return n + 1;
    },
  });
  const kit = await kitOf(`${imports}
const few = queue({ name: "few", concurrencyLimit: 3 });
export const child = task({ id: "child", queue: few, run: async (n: number) => {
  const a = await outside.work(n);
  await wait.for({ hours: 1 });
  return a * 10;
} });
export const parent = task({ id: "parent", run: async () => {
  const { runs } = await child.batchTriggerAndWait(Array.from({ length: 100 }, (_, n) => ({ payload: n })));
  const one = await child.triggerAndWait(1).unwrap();
  return runs.reduce((sum, run) => sum + (run.ok ? run.output : 0), one);
} });`);
  const report = await kit.run("parent");
  expect(report).toMatchObject({ status: "COMPLETED", output: 50_520 });
  expect(world.most).toBe(3);
});

test("stubs answer for children, also for tasks that are not in the folder", async () => {
  const asked: unknown[] = [];
  outside({});
  const kit = await kitOf(`${imports}
export const child = task({ id: "child", run: async (n: number) => n });
export const parent = task({ id: "parent", run: async () => {
  const a = await child.triggerAndWait(1).unwrap();
  const b = await tasks.triggerAndWait("elsewhere", { x: 2 });
  const c = await tasks.triggerAndWait("failing", 3);
  return [a, b.ok && b.output, c.ok ? "" : c.error.message];
} });`);
  const stubs = {
    child: (payload: unknown) => (asked.push(payload), 77),
    elsewhere: async (payload: unknown) => payload,
    failing: () => {
      throw new Error("no");
    },
  };
  expect(await kit.run("parent", undefined, { stubs })).toMatchObject({ output: [77, { x: 2 }, "no"] });
  expect(asked).toEqual([1]);
});

test("retries wait their time, hooks are called, a schema parses, and a schedule has its times", async () => {
  const hooks: string[] = [];
  let failures = 2;
  outside({
    hooks,
    flaky: async () => {
      if (failures-- > 0) throw new Error("down");
      return "up";
    },
  });
  const kit = await kitOf(`${imports}
export const flaky = task({ id: "flaky", retry: { maxAttempts: 3, minTimeoutInMs: 60_000, randomize: false },
  onSuccess: async () => { outside.hooks.push("success"); },
  run: async () => { logger.info("trying"); return [await outside.flaky(), Math.round((Date.now() - Date.UTC(2026, 0, 1)) / 60_000)]; } });
export const parsed = schemaTask({ id: "parsed", schema: (raw: any) => ({ n: Number(raw.n) }), run: async ({ n }) => n + 1 });
export const digest = schedules.task({ id: "digest", cron: "0 9 * * *", run: async ({ timestamp, upcoming }) => [timestamp.toISOString(), upcoming[0]?.toISOString()] });`);
  const report = await kit.run("flaky");
  expect(report.output).toEqual(["up", 2]);
  expect(report.calls[0]).toMatchObject({ name: "outside.flaky", times: 3, recorded: true });
  expect([report.lines, hooks]).toEqual([["trying"], ["success"]]);
  expect((await kit.run("parsed", { n: "41" })).output).toBe(42);
  expect((await kit.run("digest")).output).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-01T09:00:00.000Z"]);
});

test("a run is canceled in virtual time, and tidies up", async () => {
  const { tidied } = outside({ tidied: [] as string[], tidy: async () => void tidied.push("tidied") });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { try { await wait.for({ days: 30 }); } finally { await outside.tidy(); } } });`);
  expect((await kit.run("t", undefined, { cancelAfterMs: 86_400_000 })).status).toBe("CANCELED");
  expect(tidied).toEqual(["tidied"]);
});

test("a task cancels, retrieves and polls runs, in virtual time", async () => {
  outside({});
  const kit = await kitOf(`${imports}
import { runs } from "holdfast";
export const long = task({ id: "long", run: async () => { await wait.for({ days: 30 }); } });
export const short = task({ id: "short", run: async (n: number) => { await wait.for({ minutes: 3 }); return { n, of: new Map([[n, "n"]]) }; } });
export const t = task({ id: "t", run: async () => {
  const { id } = await long.trigger();
  await wait.for({ hours: 1 });
  const before = await runs.retrieve(id);
  await runs.cancel(id);
  const after = await runs.poll(id);
  const other = await short.trigger(7);
  const { output } = await runs.poll<{ of: Map<number, string> }>(other.id);
  return [before.status, after.status, output?.of.get(7)];
} });`);
  expect(await kit.run("t")).toMatchObject({ output: ["WAITING", "CANCELED", "n"] });
  expect(await kit.crashEverywhere("t")).toMatchObject({ findings: [] });
});

test("what the build has to say is there, and files that could not be built are not run", async () => {
  const kit = await kitOf(
    `import { task } from "holdfast";\nexport const t = task({ id: "t", run: async () => { with (Math) {} } });`,
  );
  expect(kit.problems[0]).toMatchObject({
    code: expect.stringMatching(/^HF1/),
    file: "tasks/main.ts",
    line: 2,
  });
  await expect(kit.run("t")).rejects.toMatchObject({ code: "HF407" });
  const other = await kitOf(
    `import { task } from "holdfast";\nexport const t = task({ id: "t", run: async () => 1 });`,
  );
  await expect(other.run("u")).rejects.toMatchObject({ code: "HF203" });
});

test("an error has the stack of the author's lines", async () => {
  outside({});
  const kit = await kitOf({
    "lib/deep.ts": `export function fail(): never {\n  throw new RangeError("deep");\n}`,
    "tasks/main.ts": `import { task } from "holdfast";\nimport { fail } from "../lib/deep.ts";\nexport const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {\n  fail();\n} });`,
  });
  const { status, error } = await kit.run("t");
  expect(status).toBe("FAILED");
  expect(error).toMatchObject({ name: "RangeError", message: "deep" });
  expect(error?.stack).toMatch(/lib\/deep\.ts:2:9\)?\n.*tasks\/main\.ts:4:\d+\)?$/s);
});

test("a testkit within a run is refused, and two runs at once are made one after the other", async () => {
  outside({});
  const kit = await kitOf(`${imports}
export const child = task({ id: "child", run: async () => 1 });
export const t = task({ id: "t", run: async () => (await child.triggerAndWait()).ok });`);
  const stubs = { child: () => kit.run("t") };
  const nested = await kit.run("t", undefined, { stubs });
  expect(nested.output).toBe(false);
  const both = await Promise.all([kit.run("t"), kit.run("t")]);
  expect(both.map(({ output }) => output)).toEqual([true, true]);
});

test("a failed run goes on, on other code, and the plan says what was reused", async () => {
  const { done } = outside({
    done: [] as string[],
    act: async (what: string) => (done.push(what), what),
    also: async (what: string) => (done.push(what), what),
  });
  const source = (rest: string): string => `${imports}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
  const name = "a";
  const a = await outside.act(name);
  ${rest}
} });`;
  const kit = await kitOf(source(`const b = await outside.act("b");\n  throw new Error("bug");`));
  const failed = await kit.run("t");
  expect(failed.status).toBe("FAILED");
  const same = await kit.resume(failed);
  expect(same.status).toBe("FAILED");
  const fixed = await folderOf({
    "tasks/main.ts": source(`const c = await outside.also("c");\n  return a + c;`),
  });
  done.length = 0;
  const resumed = await kit.resume(failed, { dir: join(fixed, "tasks") });

  expect(resumed).toMatchObject({ status: "COMPLETED", output: "ac" });
  expect(done).toEqual(["c"]);
  expect(resumed.plan?.map(({ line, what }) => ({ line, what }))).toEqual([
    { line: 6, what: "reused" },
    { line: 7, what: "orphan" },
    { line: 7, what: "new" },
  ]);
  const other = await folderOf({ "tasks/main.ts": source("return a;").replace(`"a"`, `"A"`) });
  const conflict = await kit.resume(failed, { dir: join(other, "tasks") });
  expect(conflict.error?.message).toMatch(/^HF315 /);
  expect(conflict.plan?.map(({ what }) => what)).toContain("conflict");
  await expect(kit.resume({ ...failed })).rejects.toMatchObject({ code: "HF703" });
});

test("a folder may be written after the testkit's module was loaded", async () => {
  const folder = await folderOf({});
  await mkdir(join(folder, "tasks"));
  await writeFile(
    join(folder, "tasks", "a.ts"),
    `import { task } from "holdfast"; export const a = task({ id: "a", run: async () => "ü – 日本" });`,
  );
  const kit = await createTestkit({ dir: join(folder, "tasks") });
  expect((await kit.run("a")).output).toBe("ü – 日本");
  await kit.close();
});
