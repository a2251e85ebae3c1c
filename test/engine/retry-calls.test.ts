/** `retry.onThrow` and `retry.fetch`: tries of the author's own, inside a run. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const once = "retry: { maxAttempts: 1 }";
const quick = "{ maxAttempts: 3, minTimeoutInMs: 1000, factor: 2, randomize: false }";

function counting(failures: number) {
  const calls: string[] = [];
  const lib = {
    open: async (name: string) => {
      calls.push(name);
      return name;
    },
    flaky: async () => {
      calls.push("flaky");
      if (calls.filter((call) => call === "flaky").length <= failures) throw new Error("flaky");
      return "done";
    },
  };
  return { calls, lib };
}

test("retry.onThrow calls its function again, each time with all that it awaits, and tells it the attempt", async () => {
  const { calls, lib } = counting(2);
  const { run, output } = bench(
    `task({ id: "t", run: async () => {
      const seen: string[] = [];
      const value = await retry.onThrow(async ({ attempt, maxAttempts }) => {
        seen.push(attempt + "/" + maxAttempts);
        await lib.make("a" + attempt);
        return await lib.flaky();
      }, ${quick});
      return [value, seen];
    } });`,
    { ...lib, make: lib.open },
  );
  expect(await output(await run("t"))).toEqual(["done", ["1/3", "2/3", "3/3"]]);
  expect(calls).toEqual(["a1", "flaky", "a2", "flaky", "a3", "flaky"]);
});

test("between two calls of retry.onThrow the run is put away", async () => {
  const { lib } = counting(1);
  const { run, world } = bench(
    `task({ id: "t", run: async () => retry.onThrow(() => lib.flaky(), { maxAttempts: 2, minTimeoutInMs: 3600000, maxTimeoutInMs: 3600000 }) });`,
    lib,
  );
  const ended = await run("t", undefined, 7_200_000);
  expect(ended).toMatchObject({ status: "COMPLETED", epoch: 2 });
  expect((ended.finishedAt ?? 0) - (ended.startedAt ?? 0)).toBeGreaterThanOrEqual(3_600_000);
  expect((await world.records(ended.id)).filter(({ kind }) => kind === "try")).toEqual([]);
});

test("retry.onThrow throws the last error, which the author may catch", async () => {
  const { calls, lib } = counting(9);
  const { run, output } = bench(
    `task({ id: "t", run: async () => { try { await retry.onThrow(() => lib.flaky(), ${quick}); } catch (error) { return (error as Error).message; } } });`,
    lib,
  );
  expect(await output(await run("t"))).toBe("flaky");
  expect(calls).toHaveLength(3);
});

test("an AbortTaskRunError ends retry.onThrow, and the run, at once", async () => {
  const { calls, lib } = counting(0);
  const { run } = bench(
    `task({ id: "t", run: async () => retry.onThrow(async () => { await lib.flaky(); throw new AbortTaskRunError("no"); }, ${quick}) });`,
    lib,
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { message: "no" } });
  expect(calls).toHaveLength(1);
});

test("a function given to retry.onThrow may wait", async () => {
  const { lib } = counting(1);
  const { run, output } = bench(
    `task({ id: "t", run: async () => retry.onThrow(async ({ attempt }) => { await wait.for({ days: 1 }); await lib.flaky(); return attempt; }, ${quick}) });`,
    lib,
  );
  expect(await output(await run("t", undefined, 3 * 86_400_000))).toBe(2);
});

test("with a crash at every store call each recorded await of retry.onThrow is made once", async () => {
  const source = `task({ id: "t", run: async () => {
    const value = await retry.onThrow(async ({ attempt }) => { const a = await lib.make("a" + attempt); if (attempt < 3) throw new Error(a); return a; }, ${quick});
    return [value, await lib.make("b")];
  } });`;
  const { runs, bad } = await everyCrash(source, () => ({ make: async (name: string) => name }), "t", 0, [
    "a3",
    "b",
  ]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(5);
});

test("options of retry.onThrow that make no sense are refused", async () => {
  const { run } = bench(
    `task({ id: "t", ${once}, run: async () => retry.onThrow(async () => 1, { maxAttempts: 0 }) });`,
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { code: "HF503" } });
});

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers with each status in turn, then with the last for ever. */
async function server(statuses: readonly number[], headers: Record<string, string> = {}) {
  const seen: (string | undefined)[] = [];
  const made = createServer((request, response) => {
    const status = statuses[Math.min(seen.length, statuses.length - 1)] ?? 200;
    seen.push(request.headers["x-retry-count"]?.toString());
    response.writeHead(status, headers).end(`answer ${seen.length}`);
  });
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return { seen, url: `http://127.0.0.1:${(made.address() as AddressInfo).port}/` };
}

test("retry.fetch asks again after 429, 408, 409 and 5xx, three times in all, and gives the last answer", async () => {
  const good = await server([503, 429, 200]);
  const { run, output } = bench(
    `task({ id: "t", run: async (url: string) => { const r = await retry.fetch(url, { method: "POST" }); return [r.status, await r.text()]; } });`,
  );
  expect(await output(await run("t", good.url))).toEqual([200, "answer 3"]);
  expect(good.seen).toEqual(["1", "2", "3"]);
  const bad = await server([500]);
  expect(await output(await run("t", bad.url))).toEqual([500, "answer 3"]);
  const refused = await server([404]);
  expect(await output(await run("t", refused.url))).toEqual([404, "answer 1"]);
});

test("retry.fetch waits until the time that a header names", async () => {
  const { run, output } = bench(
    `task({ id: "t", run: async (url: string) => {
      const retry1 = { byStatus: { "429": { strategy: "headers", resetHeader: "x-reset", resetFormat: "iso_8601_duration_openai_variant" } } } as const;
      const r = await retry.fetch(url, { retry: retry1 });
      return r.status;
    } });`,
  );
  const limited = await server([429, 200], { "x-reset": "1h6m0s" });
  const ended = await run("t", limited.url, 7_200_000);
  expect(await output(ended)).toBe(200);
  expect((ended.finishedAt ?? 0) - (ended.startedAt ?? 0)).toBeGreaterThanOrEqual(3_960_000);
});

test("retry.fetch asks again when there is no connection", async () => {
  const { run } = bench(
    `task({ id: "t", ${once}, run: async (url: string) => { const r = await retry.fetch(url, { retry: { connectionError: { maxAttempts: 2, minTimeoutInMs: 1 } } }); return r.status; } });`,
  );
  const gone = await server([200]);
  for (const each of servers.splice(0)) await new Promise((resolve) => each.close(resolve));
  const ended = await run("t", gone.url);
  expect(ended).toMatchObject({ status: "FAILED", error: { name: "TypeError" } });
  expect(ended.lastNumber).toBe(3);
});

test.each([
  ["bodyFilter", `{ byStatus: { "429": { strategy: "backoff", bodyFilter: {} } } }`],
  ["a status that is none", `{ byStatus: { "4x": { strategy: "backoff" } } }`],
  ["no strategy", `{ byStatus: { "429": {} } }`],
  ["a strategy without its header", `{ byStatus: { "429": { strategy: "headers" } } }`],
  ["an unknown option", `{ onError: {} }`],
])("retry.fetch refuses %s before it asks", async (_name, options) => {
  const { seen, url } = await server([200]);
  const { run } = bench(
    `task({ id: "t", ${once}, run: async (url: string) => { const r = await retry.fetch(url, { retry: ${options} as never }); return r.status; } });`,
  );
  expect(await run("t", url)).toMatchObject({ status: "FAILED", error: { code: "HF503" } });
  expect(seen).toEqual([]);
});
