/**
 * The limits of Trigger.dev's list (docs/limits.md, "Beside Trigger.dev's") that are limits here, too: what is at one is taken,
 * what is beyond it is refused and starts nothing. By the API, and by a task's own trigger.
 */
import { describe, expect, test } from "vitest";
import { machines } from "../../engine/machines.ts";
import { bench } from "../engine/tasks.ts";
import { refusal, trigger, type World, world } from "./world.ts";

const chars = (count: number): string => "x".repeat(count);
const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`);
/** Metadata of so many characters as JSON. */
const metadata = (size: number): object => ({ a: chars(size - '{"a":""}'.length) });
const tenYears = 315_360_000;

/** What is limited, the option at its limit, the option beyond it, and the code by which a task's own trigger refuses that. */
const options: readonly (readonly [what: string, at: object, beyond: object, code: string])[] = [
  ["10 tags", { tags: many(10) }, { tags: many(11) }, "HF510"],
  ["a tag of 128 characters", { tags: chars(128) }, { tags: chars(129) }, "HF510"],
  ["a key of 2,048 characters", { idempotencyKey: chars(2_048) }, { idempotencyKey: chars(2_049) }, "HF510"],
  ["a key of 20 parts", { idempotencyKey: many(20) }, { idempotencyKey: many(21) }, "HF510"],
  ["metadata of 256 KB", { metadata: metadata(262_144) }, { metadata: metadata(262_145) }, "HF512"],
  ["a ttl of ten years in seconds", { ttl: tenYears }, { ttl: tenYears + 1 }, "HF510"],
  ["1,000 attempts", { maxAttempts: 1_000 }, { maxAttempts: 1_001 }, "HF510"],
  ["ten years of maxDuration", { maxDuration: tenYears }, { maxDuration: tenYears + 1 }, "HF510"],
  ["a priority of ten years", { priority: tenYears }, { priority: tenYears + 1 }, "HF510"],
  ["a queue's name of 122 characters", { queue: chars(122) }, { queue: chars(123) }, "HF541"],
  [
    "a concurrency key of 128 characters",
    { concurrencyKey: chars(128) },
    { concurrencyKey: chars(129) },
    "HF541",
  ],
  [
    "a debounce key of 512 characters",
    { debounce: { key: chars(512), delay: "1h" } },
    { debounce: { key: chars(513), delay: "1h" } },
    "HF510",
  ],
  ["two limits", { concurrency: ["a", "b"] }, { concurrency: ["a", "b", "a"] }, "HF510"],
  ["a limit's name of 122 characters", { concurrency: chars(122) }, { concurrency: chars(123) }, "HF541"],
  ["the largest machine", { machine: "large-2x" }, { machine: "gpu-1x" }, "HF518"],
];

describe("an option of a trigger", () => {
  test.each(options)("%s: taken by the API; more is 422, and starts nothing", async (_, at, beyond) => {
    const w = world();
    const send = (given: object) => w.send("POST", "/api/v1/tasks/order/trigger", { options: given });
    expect(await refusal(await send(beyond))).toMatchObject({ status: 422, code: "HF207" });
    expect(await w.runs()).toEqual([]);
    expect((await send(at)).status).toBe(200);
    expect(await w.runs()).toHaveLength(1);
  });

  test("each of them: taken by a task's own trigger; more is refused, and starts nothing", async () => {
    const { run, output, id, world } = bench(
      `
      import { concurrencyLimit } from "holdfast";
      for (const name of ["a", "b", "x".repeat(122)]) concurrencyLimit({ name, total: 9 });
      const child = task({ id: "child", run: async () => 1 });
      const said = async (given: object): Promise<string> => {
        try { await child.trigger(undefined, given); return "taken"; } catch (error) { return (error as Error).message.slice(0, 5); }
      };
      task({ id: "t", run: async () => {
        const all: string[][] = [];
        for (const [, at, beyond] of lib.options) all.push([await said(at), await said(beyond)]);
        return all;
      } });`,
      { options },
    );
    expect(await output(await run("t"))).toEqual(options.map(([, , , code]) => ["taken", code]));
    const { runs } = await world.store.list({ task: [id("child")], limit: 100 });
    expect(runs).toHaveLength(options.length);
  });
});

const post = (w: World, path: string, body: object, headers = {}) =>
  w.send("POST", `/api/${path}`, body, headers);

/** Other requests: path, body at the limit, body beyond it. */
const requests: readonly (readonly [what: string, path: string, at: object, beyond: object])[] = [
  [
    "a batch of 1,000 items",
    "v2/tasks/batch",
    { items: many(1_000).map(() => ({ task: "order" })) },
    { items: many(1_001).map(() => ({ task: "order" })) },
  ],
  ["a token's 10 tags", "v1/waitpoints/tokens", { tags: many(10) }, { tags: many(11) }],
  [
    "a token's key of 2,048 characters",
    "v1/waitpoints/tokens",
    { idempotencyKey: chars(2_048) },
    { idempotencyKey: chars(2_049) },
  ],
];

describe("a request", () => {
  test.each(requests)("%s is taken; more is 422, and makes nothing", async (_, path, at, beyond) => {
    const w = world();
    const made = async () => [
      ...(await w.runs()),
      ...(await w.ports.store.list({ task: ["holdfast/token"], limit: 9 })).runs,
    ];
    expect(await refusal(await post(w, path, beyond))).toMatchObject({ status: 422, code: "HF207" });
    expect(await made()).toEqual([]);
    expect((await post(w, path, at)).status).toBe(200);
    expect((await made()).length).toBeGreaterThan(0);
  });

  test("a batch's own key of 2,048 characters is taken; a longer one is 422, and starts nothing", async () => {
    const w = world();
    const send = (key: string) =>
      post(w, "v2/tasks/batch", { items: [{ task: "order" }] }, { "idempotency-key": key });
    expect((await send(chars(2_049))).status).toBe(422);
    expect(await w.runs()).toEqual([]);
    expect((await send(chars(2_048))).status).toBe(200);
  });

  test("metadata of a run may grow to 256 KB, and not further", async () => {
    const w = world();
    const id = await trigger(w);
    const put = (body: object) => w.send("PUT", `/api/v1/runs/${id}/metadata`, body);
    expect((await put({ metadata: metadata(262_144) })).status).toBe(200);
    const more = { operations: [{ type: "set", key: "b", value: 1 }] };
    expect((await refusal(await put(more))).code).toBe("HF512");
  });

  test("a bulk action of 10,000 runs is begun; of more it is 422, and begins nothing", async () => {
    const w = world();
    const begin = (count: number) => post(w, "v1/bulk-actions", { action: "cancel", runIds: many(count) });
    expect(await refusal(await begin(10_001))).toMatchObject({ status: 422, code: "HF207" });
    expect((await w.ports.store.list({ task: ["holdfast/bulk"], limit: 9 })).runs).toEqual([]);
    expect((await begin(10_000)).status).toBe(200);
  });

  test.each([
    ["queues", "concurrency/override", "concurrencyLimit"],
    ["concurrency-limits", "override", "perKey"],
    ["concurrency-limits", "override", "total"],
  ])(
    "of %s an override of 10,000 by %s (%s) is taken; more is 422, and changes nothing",
    async (kind, rest, name) => {
      const w = world();
      await w.ports.store.limit("mails", 1, 0);
      const override = (limit: number) => post(w, `v1/${kind}/mails/${rest}`, { [name]: limit });
      expect(await refusal(await override(10_001))).toMatchObject({ status: 422, code: "HF207" });
      expect(await w.ports.store.queue("mails")).not.toHaveProperty("overriddenAt");
      expect((await override(10_000)).status).toBe(200);
    },
  );

  test("a page of a list has 100 runs at most", async () => {
    const w = world();
    expect((await w.send("GET", "/api/v1/runs?page[size]=100")).status).toBe(200);
    expect((await w.send("GET", "/api/v1/runs?page[size]=101")).status).toBe(422);
  });
});

test("the key of a task's wait has 2,048 characters at most: a longer one is refused, and waits for nothing", async () => {
  const { run, output } = bench(`task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
    const said: string[] = [];
    for (const length of [2_048, 2_049]) {
      try { await wait.for({ seconds: 1, idempotencyKey: "x".repeat(length) }); said.push("taken"); }
      catch (error) { said.push((error as Error).message.slice(0, 5)); }
    }
    return said;
  } });`);
  expect(await output(await run("t"))).toEqual(["taken", "HF510"]);
});

test("an output above Trigger.dev's 10 MB is kept whole", async () => {
  const { run, output } = bench(`task({ id: "t", run: async () => "x".repeat(11_000_000) });`);
  expect(((await output(await run("t"))) as string).length).toBe(11_000_000);
});

test("the machines are Trigger.dev's seven, with its processors and gigabytes", () => {
  expect(machines).toEqual({
    micro: { cpu: 0.25, memory: 0.25 },
    "small-1x": { cpu: 0.5, memory: 0.5 },
    "small-2x": { cpu: 1, memory: 1 },
    "medium-1x": { cpu: 1, memory: 2 },
    "medium-2x": { cpu: 2, memory: 4 },
    "large-1x": { cpu: 4, memory: 8 },
    "large-2x": { cpu: 8, memory: 16 },
  });
});
