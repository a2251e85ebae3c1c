/** Tokens of a run under test: somebody outside completes them, or nobody does. */
import { expect, test } from "vitest";
import type { OpenToken } from "../../testing/index.ts";
import { imports, kitOf, outside } from "./kit.ts";

const source = `${imports}
export const publish = task({ id: "publish", run: async (post: number) => {
  const token = await wait.createToken({ timeout: "1d", tags: ["approval", "post-" + post] });
  await outside.mail(token.id);
  const { approved } = await wait.forToken<{ approved: boolean }>(token).unwrap();
  const second = await wait.createToken({ timeout: "1h" });
  const result = await wait.forToken(second);
  return [approved, result.ok ? "answered" : result.error.name];
} });`;

test("tokens completes what a run waits for, once and when nothing else goes on; what it leaves open times out", async () => {
  const mails: string[] = [];
  const shown: OpenToken[] = [];
  outside({ mail: async (id: string) => void mails.push(id) });
  const kit = await kitOf(source, { now: new Date("2026-03-01T00:00:00Z") });
  const { status, output } = await kit.run("publish", 7, {
    tokens: (token) => {
      expect(mails).toContain(shown[0]?.id ?? token.id);
      shown.push(token);
      return token.tags.includes("approval") ? { approved: true } : undefined;
    },
  });
  expect([status, output]).toEqual(["COMPLETED", [true, "WaitpointTimeoutError"]]);
  expect(shown.map(({ tags }) => tags)).toEqual([["approval", "post-7"], []]);
  expect(shown[0]?.timeoutAt).toEqual(new Date("2026-03-02T00:00:00Z"));
});

test("a run whose tokens are completed ends the same wherever its process dies", async () => {
  outside({ mail: async () => undefined });
  const kit = await kitOf(source);
  const { runs, findings } = await kit.crashEverywhere("publish", 7, {
    seeds: 10,
    tokens: ({ tags }) => (tags.includes("approval") ? { approved: false } : undefined),
  });
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(20);
});

test("without tokens, a token times out; what tokens throws, run rejects with", async () => {
  outside({ mail: async () => undefined });
  const kit = await kitOf(source);
  const report = await kit.run("publish", 7);
  expect([report.status, report.error?.name]).toEqual(["FAILED", "WaitpointTimeoutError"]);
  const tokens = (): never => {
    throw new Error("no answer");
  };
  await expect(kit.run("publish", 7, { tokens })).rejects.toThrow("no answer");
});
