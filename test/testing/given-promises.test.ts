/** Promises that are given to calls, and bodies that are read: behind a crash they mean what they meant. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const top = `import assert from "node:assert/strict";
`;

test.each([
  [
    "a rejection that a recorded call was given is its",
    `await assert.rejects(outside.fail("a")); const refused = outside.fail("b"); await outside.act("x"); await assert.rejects(refused); await outside.act("y"); return "end";`,
    "end",
  ],
  [
    "so is one in a list",
    `const settled = await outside.settled([outside.fail("a"), outside.act("b")]); await outside.act("x"); return settled;`,
    ["rejected", "fulfilled"],
  ],
  [
    "a body that takes its time is waited for, though all behind it is recorded",
    `await outside.act("x"); const packed = new Response(new Blob(["abc".repeat(100_000)]).stream().pipeThrough(new CompressionStream("gzip")));
     const { byteLength } = await packed.arrayBuffer(); await outside.act("y"); return byteLength > 0;`,
    true,
  ],
])("%s", async (_, body, expected) => {
  outside({
    act: async (what: string) => what,
    fail: async (what: string) => Promise.reject(new Error(what)),
    settled: async (all: Promise<unknown>[]) => (await Promise.allSettled(all)).map(({ status }) => status),
  });
  const kit = await kitOf(
    `${imports}${top}export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { ${body} } });`,
  );
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual(expected);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 2 })).findings).toEqual([]);
});

test("a rejection that no call listens to fails the run, also where the call that was given it is recorded", async () => {
  outside({ fail: async (what: string) => Promise.reject(new Error(what)), ignore: async () => "ignored" });
  const kit = await kitOf(
    `${imports}export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await outside.ignore(outside.fail("lost")); return "end"; } });`,
  );
  expect((await kit.run("t")).status).toBe("FAILED");
});
