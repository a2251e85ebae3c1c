import { createTestkit, type Testkit } from "holdfast/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let kit: Testkit;
beforeAll(async () => {
  kit = await createTestkit({ dir: "tasks" });
});
afterAll(() => kit.close());

test("says hello, and waits in no time", async () => {
  const { status, output } = await kit.run("hello", { name: "Ada" });
  expect({ status, output }).toEqual({ status: "COMPLETED", output: "Hello Ada!" });
});

test("says it also when the process dies, before and after each call and each write", async () => {
  const { findings } = await kit.crashEverywhere("hello", { name: "Ada" });
  expect(findings).toEqual([]);
});
