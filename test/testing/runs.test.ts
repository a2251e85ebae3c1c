import { createServer } from "node:http";
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** An outside world that writes down what is done to it. */
function effects() {
  const done: string[] = [];
  return outside({
    done,
    charge: async (what: unknown) => {
      done.push(`charge ${what}`);
      return `receipt of ${what}`;
    },
  });
}

const charges = `${imports}
export const t = task({ id: "t", run: async (what: string) => {
  const first = await outside.charge(what + " 1");
  await wait.for({ days: 3 });
  const second = await outside.charge(what + " 2");
  return { first, second };
} });`;

test("a wait of three days takes no real time, and the clock has moved on by it", async () => {
  effects();
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => {
  const before = Date.now();
  await wait.for({ days: 3 });
  return Date.now() - before >= 3 * 86_400_000;
} });`);
  expect(await kit.run("t")).toMatchObject({ status: "COMPLETED", output: true, passes: 2, suspends: 1 });
});

test("a report names each call with its file and line, and how often it was made", async () => {
  effects();
  const kit = await kitOf(charges);
  const report = await kit.run("t", "ann");
  expect(report.output).toEqual({ first: "receipt of ann 1", second: "receipt of ann 2" });
  expect(report.calls.map(({ key: _, ...call }) => call)).toEqual([
    { name: "outside.charge", file: "tasks/main.ts", line: 5, times: 1, recorded: true },
    { name: "outside.charge", file: "tasks/main.ts", line: 7, times: 1, recorded: true },
  ]);
  expect(report.crashes).toBe(0);
  expect(report.warnings).toEqual([]);
});

test("before a call: its effect has not happened; after it: it has, and its result is lost", async () => {
  const { done } = effects();
  const kit = await kitOf(charges);
  const before = await kit.run("t", "ann", { crash: [{ when: "before", call: 2 }] });
  expect(done.splice(0)).toEqual(["charge ann 1", "charge ann 2"]);
  expect(before.crashes).toBe(1);
  const after = await kit.run("t", "ann", { crash: [{ when: "after", call: 2 }] });
  expect(done.splice(0)).toEqual(["charge ann 1", "charge ann 2", "charge ann 2"]);
  expect(after.crashes).toBe(1);
  expect(after.output).toEqual(before.output);
  expect(after.calls.map(({ times }) => times)).toEqual([1, 2]);
});

test("a crash before and after the very first call of a kit, awaited or not", async () => {
  const { done } = effects();
  const source = `${imports}
export const t = task({ id: "t", run: async () => Promise.all(["a", "b"].map((x) => outside.charge(x))) });`;
  for (const [when, expected] of [
    ["before", ["charge a", "charge b"]],
    ["after", ["charge a", "charge a", "charge b", "charge b"]],
  ] as const) {
    const kit = await kitOf(source);
    const report = await kit.run("t", undefined, { crash: [{ when, call: 1 }] });
    expect(report.output).toEqual(["receipt of a", "receipt of b"]);
    expect(done.splice(0).sort(), when).toEqual(expected);
  }
});

test("a crash before a write loses it, one after a write does not", async () => {
  const { done } = effects();
  const kit = await kitOf(charges);
  const before = await kit.run("t", "ann", { crash: [{ when: "before", write: 1 }] });
  expect(done.splice(0)).toEqual(["charge ann 1", "charge ann 1", "charge ann 2"]);
  const after = await kit.run("t", "ann", { crash: [{ when: "after", write: 1 }] });
  expect(done.splice(0)).toEqual(["charge ann 1", "charge ann 2"]);
  expect([before.crashes, after.crashes]).toEqual([1, 1]);
});

test("a crash that the run never comes to is told, with what there was", async () => {
  effects();
  const kit = await kitOf(charges);
  const crash = [
    { when: "before", call: 99 },
    { when: "after", write: 98 },
  ] as const;
  const { warnings, status } = await kit.run("t", "ann", { crash });
  expect(status).toBe("COMPLETED");
  expect(warnings.map(({ code }) => code)).toEqual(["HF701", "HF701"]);
  expect(warnings[0]?.message).toBe(
    "The crash before call 99 did not happen: the run has made 2 calls and 4 writes.",
  );
});

test("each process evaluates all files afresh, with an empty temporary folder and a clock that has moved on", async () => {
  const seen = { loads: 0, times: [] as number[], files: [] as number[] };
  outside({ seen, done: async () => "done" });
  const kit = await kitOf({
    "tasks/main.ts": `import { task } from "holdfast";
import { readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted } from "../lib.ts";
declare const outside: any;
outside.seen.loads++;
export const t = task({ id: "t", run: async () => {
  outside.seen.files.push(readdirSync(tmpdir()).length);
  outside.seen.times.push(new Date().getTime());
  writeFileSync(join(tmpdir(), "left.txt"), "x");
  await outside.done();
  return counted();
} });`,
    "lib.ts": `let count = 0; export const counted = () => ++count;`,
  });
  const report = await kit.run("t", undefined, { crash: [{ when: "after", call: 1 }] });
  expect(report.output).toBe(1);
  expect(seen.loads).toBe(2);
  expect(seen.files).toEqual([0, 0]);
});

test("after a crash nothing of the old process runs: no timer, no sibling, no line behind it", async () => {
  const done: string[] = [];
  outside({
    done,
    quick: async () => "quick",
    slow: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done.push("slow");
      return "slow";
    },
  });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => {
  const slow = outside.slow();
  const other = outside.quick();
  outside.done.push("behind");
  return [await slow, await other];
} });`);
  const report = await kit.run("t", undefined, { crash: [{ when: "before", call: 2 }] });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(report.output).toEqual(["slow", "quick"]);
  expect(done.sort()).toEqual(["behind", "slow"]);
});

test("calls that take real time are waited for: timers, files, a server of the test's own", async () => {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end("pong"), 30);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  outside({});
  const kit = await kitOf(`import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
${imports}
export const t = task({ id: "t", run: async (port: number) => {
  const text = await fetch("http://127.0.0.1:" + port).then((r) => r.text());
  await sleep(30);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const winner = await Promise.race([sleep(30, "real"), wait.for({ days: 1 }).then(() => "virtual")]);
  const own = await readFile(import.meta.filename.replace("holdfast-testing.mjs", "package.json"), "utf8");
  return { text, winner, own };
} });`);
  const report = await kit.run("t", port);
  expect(report).toMatchObject({
    status: "COMPLETED",
    output: { text: "pong", winner: "real", own: `{ "type": "module" }` },
  });
  server.close();
});

test("a run that can't go on is reported, with what it waits for", async () => {
  outside({ silent: () => new Promise(() => {}) });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { await outside.silent(); } });`);
  const { status, error } = await kit.run("t");
  expect(status).toBe("EXECUTING");
  expect(error?.message).toMatch(/^HF704 .* outside\.silent at tasks\/main\.ts:4\./);
});

test("a rejection that nobody handles fails the run, and is no affair of the test's", async () => {
  const heard: unknown[] = [];
  const listener = (reason: unknown): void => void heard.push(reason);
  process.on("unhandledRejection", listener);
  outside({ fail: async () => Promise.reject(new Error("unheard")), ok: async () => 1 });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { outside.fail(); await outside.ok(); return 1; } });`);
  const report = await kit.run("t");
  process.off("unhandledRejection", listener);
  expect(report).toMatchObject({ status: "FAILED", error: { message: "unheard" } });
  expect(heard).toEqual([]);
});

test("secrets and variables are there during a run, and gone after it", async () => {
  outside({});
  const kit = await kitOf(
    `${imports}
const atTop = process.env.STRIPE_KEY;
export const t = task({ id: "t", run: async () => [atTop, secret("STRIPE_KEY"), process.env.REGION] });`,
    { secrets: { STRIPE_KEY: "sk_test_1" }, env: { REGION: "mars" } },
  );
  expect((await kit.run("t")).output).toEqual(["sk_test_1", "sk_test_1", "mars"]);
  expect([process.env.STRIPE_KEY, process.env.REGION]).toEqual([undefined, undefined]);
});

test("runs begin when the testkit says", async () => {
  outside({});
  const kit = await kitOf(
    `${imports}
export const t = task({ id: "t", run: async () => new Date().getUTCFullYear() });`,
    { now: new Date("2031-05-05") },
  );
  expect((await kit.run("t")).output).toBe(2031);
});
