/** Concurrency limits over HTTP: looked at, paused, resumed, given other bounds. */
import { beforeEach, describe, expect, test } from "vitest";
import { claim, finish } from "../../engine/head-write.ts";
import { mostKeyOverrides } from "../../engine/queues.ts";
import { letIn } from "../../functions/auth.ts";
import { ConflictError } from "../../sdk/api-errors.ts";
import { concurrencyLimits } from "../../sdk/concurrency-limits.ts";
import { configure } from "../../sdk/config.ts";
import { type World, world } from "../functions/world.ts";

let w: World;
beforeEach(async () => {
  w = world();
  configure({
    transport: {
      address: "orders-api",
      request: async ({ path, signal: _, ...init }) =>
        w.app.fetch(new Request(`http://localhost:7474${path}`, init), { [letIn]: true }),
    },
  });
  await w.ports.store.limit("openai", { total: 2 }, 0);
  await w.ports.store.limit("task/order", { perKey: 1, total: 5 }, 0);
  await w.ports.store.limit("tenant", 3, 0);
  await w.ports.store.limit("any", undefined, 0);
});

/** Starts runs that hold the limit; who finds no slot is parked. */
async function runsIn(queue: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const options = { queue, concurrencyKey: `key-${n}` };
    const answer = await w.send("POST", "/api/v1/tasks/order/trigger", { payload: n, options });
    ids.push(((await answer.json()) as { id: string }).id);
  }
  for (const id of ids) await w.ports.store.write(id, claim("a pass", Date.now()));
  w.rings();
  return ids;
}

const hoursTo = (at: Date | null): number => Math.round((Number(at) - Date.now()) / 3_600_000);
const none = { current: null, base: null, override: null, overriddenAt: null };

describe("concurrency limits", () => {
  test("are shown in Trigger.dev's shape, a task's own as task/<id>", async () => {
    await runsIn("openai", 3);
    expect(await concurrencyLimits.retrieve("openai")).toEqual({
      ...{ id: "climit_openai", name: "openai", running: 2, queued: 1, paused: false },
      perKey: none,
      total: { ...none, current: 2, base: 2 },
    });
    expect(await concurrencyLimits.retrieve("task/order")).toEqual({
      ...{ id: "climit_task/order", name: "task/order", running: 0, queued: 0, paused: false },
      perKey: { ...none, current: 1, base: 1 },
      total: { ...none, current: 5, base: 5 },
    });
  });

  test("are listed in pages, without queues that have no limit", async () => {
    const page = await concurrencyLimits.list({ perPage: 2 });
    expect(page.data.map(({ name }) => name)).toEqual(["openai", "task/order"]);
    const all: string[] = [];
    for await (const { name } of concurrencyLimits.list({ perPage: 2 })) all.push(name);
    expect(all).toEqual(["openai", "task/order", "tenant"]);
    const answer = await w.send("GET", "/api/v1/concurrency-limits?page=2&perPage=2");
    expect(await answer.json()).toMatchObject({ pagination: { currentPage: 2, totalPages: 2, count: 3 } });
  });

  test("get other bounds, of which those that are not given stay; whoever may come then is rung for", async () => {
    const [, , third = "", fourth = ""] = await runsIn("openai", 4);
    const before = Date.now();
    const { total, perKey } = await concurrencyLimits.override("openai", { total: 3 });
    expect(total).toMatchObject({ current: 3, base: 2, override: 3 });
    expect(Number(total.overriddenAt)).toBeGreaterThanOrEqual(before);
    expect(perKey).toEqual(none);
    expect(w.rings()).toEqual([third]);
    expect((await w.ports.store.write(fourth, claim("b", Date.now()))).applied).toBe(false);
    const both = await concurrencyLimits.override("openai", { perKey: 1 });
    expect(both).toMatchObject({ perKey: { current: 1, base: null, override: 1 }, total: { current: 3 } });
    expect(await concurrencyLimits.reset("openai")).toMatchObject({
      perKey: none,
      total: { ...none, current: 2, base: 2 },
    });
  });

  test("a total that a limit of each key gets by an override holds its runs over all keys", async () => {
    await concurrencyLimits.override("tenant", { total: 1 });
    const [first = "", second = ""] = await runsIn("tenant", 2);
    expect(await concurrencyLimits.retrieve("tenant")).toMatchObject({ running: 1, queued: 1 });
    const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
    const lease = { runId: first, owner: "a pass", epoch: 1 };
    const ended = await w.ports.store.write(first, finish(lease, "completed", Date.now(), counts, false));
    expect(ended.called).toEqual([second]);
  });

  test("are paused and resumed, their bounds kept", async () => {
    const [, , third = ""] = await runsIn("openai", 3);
    expect(await concurrencyLimits.pause("openai")).toMatchObject({ paused: true, total: { current: 2 } });
    await concurrencyLimits.override("openai", { total: 3 });
    expect(w.rings()).toEqual([]);
    expect(await concurrencyLimits.resume("openai")).toMatchObject({ paused: false });
    expect(w.rings()).toEqual([third]);
  });

  test("that no code has declared are refused, in every call, and so are queues without a limit", async () => {
    const calls = [
      concurrencyLimits.retrieve("openi"),
      concurrencyLimits.retrieve("any"),
      concurrencyLimits.pause("order"),
      concurrencyLimits.resume("order"),
      concurrencyLimits.override("any", { total: 1 }),
      concurrencyLimits.reset("task/nobody"),
      concurrencyLimits.retrieve("any", { concurrencyKey: "a" }),
      concurrencyLimits.override("openi", { concurrencyKey: "a", perKey: 1 }),
      concurrencyLimits.reset("any", { concurrencyKey: "a" }),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(/HF214.*There is no concurrency limit/);
  });

  test("one concurrency key is shown in Trigger.dev's shape, gets a limit of its own for a time, and loses it by a reset", async () => {
    const key = { concurrencyKey: "key-0" };
    const [first = ""] = await runsIn("tenant", 1);
    const plain = { current: 3, base: 3, override: null, expiresAt: null };
    const shown = { name: "tenant", ...key, perKey: plain, running: 1, paused: false };
    expect(await concurrencyLimits.retrieve("tenant", key)).toEqual(shown);
    const given = await concurrencyLimits.override("tenant", { ...key, perKey: 5, ttl: "2h" });
    const { expiresAt } = given.perKey;
    expect(given).toEqual({ ...shown, perKey: { current: 5, base: 3, override: 5, expiresAt } });
    expect(hoursTo(expiresAt)).toBe(2);
    expect(await concurrencyLimits.retrieve("tenant", key)).toEqual(given);
    // The limit itself, and other keys, are as they were.
    expect(await concurrencyLimits.retrieve("tenant")).toMatchObject({
      perKey: { current: 3, override: null },
    });
    expect(await concurrencyLimits.retrieve("tenant", { concurrencyKey: "key-1" })).toMatchObject({
      perKey: plain,
    });
    await concurrencyLimits.override("tenant", { perKey: 4 });
    await concurrencyLimits.reset("tenant", key);
    expect(await concurrencyLimits.retrieve("tenant", key)).toMatchObject({
      perKey: { current: 4, base: 4, override: null },
    });
    await concurrencyLimits.pause("tenant");
    expect(await concurrencyLimits.retrieve("tenant", key)).toMatchObject({
      paused: true,
      perKey: { current: 4 },
    });
    expect((await w.ports.store.read(first))?.owner).toBe("a pass");
  });

  test.each([
    [undefined, 7 * 24],
    [3_600, 1],
    ["30d", 30 * 24],
  ])("a key's limit given for %s lasts %i hours", async (ttl, hours) => {
    const given = await concurrencyLimits.override("tenant", {
      ...{ concurrencyKey: 7, perKey: 0 },
      ...(ttl === undefined ? {} : { ttl }),
    });
    expect(given).toMatchObject({ concurrencyKey: "7", perKey: { current: 0, override: 0 } });
    expect(hoursTo(given.perKey.expiresAt)).toBe(hours);
  });

  test("who may come by a key's limit is rung for, and by its reset", async () => {
    await w.ports.store.limit("narrow", 1, 0);
    const options = { queue: "narrow", concurrencyKey: "a" };
    const ids: string[] = [];
    for (const payload of [1, 2, 3]) {
      const answer = await w.send("POST", "/api/v1/tasks/order/trigger", { payload, options });
      ids.push(((await answer.json()) as { id: string }).id);
      await w.ports.store.write(ids.at(-1) ?? "", claim("a pass", Date.now()));
    }
    w.rings();
    await concurrencyLimits.override("narrow", { concurrencyKey: "b", perKey: 9 });
    expect(w.rings()).toEqual([]);
    await concurrencyLimits.override("narrow", { concurrencyKey: "a", perKey: 2 });
    expect(w.rings()).toEqual([ids[1]]);
    await concurrencyLimits.override("narrow", { perKey: 3 });
    expect(w.rings()).toEqual([]);
    await concurrencyLimits.reset("narrow", { concurrencyKey: "a" });
    expect(w.rings()).toEqual([ids[2]]);
  });

  test("one more key than may have a limit of its own is a conflict", async () => {
    const give = (key: number) => concurrencyLimits.override("tenant", { concurrencyKey: key, perKey: 1 });
    await Promise.all(Array.from({ length: mostKeyOverrides }, (_, key) => give(key)));
    const refused = await give(mostKeyOverrides).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConflictError);
    expect(String(refused)).toMatch(/HF542 1000 concurrency keys of "tenant"/);
  });

  test.each([
    ["/pause", { action: "stop" }],
    ["/override", {}],
    ["/override", { total: -1 }],
    ["/override", { perKey: 10_001 }],
    ["/override", { perKey: 1, ttl: "7d" }],
    ["/override", { concurrencyKey: "a" }],
    ["/override", { concurrencyKey: "a", total: 1 }],
    ["/override", { concurrencyKey: "a", perKey: 1, total: 1 }],
    ["/override", { concurrencyKey: "", perKey: 1 }],
    ["/override", { concurrencyKey: "a".repeat(129), perKey: 1 }],
    ["/override", { concurrencyKey: "a", perKey: 10_001 }],
    ["/override", { concurrencyKey: "a", perKey: 1, ttl: "31d" }],
    ["/override", { concurrencyKey: "a", perKey: 1, ttl: 0 }],
    ["/override", { concurrencyKey: "a", perKey: 1, ttl: "soon" }],
    ["/reset", { concurrencyKey: "" }],
  ])("take no %s %j", async (path, body) => {
    const answer = await w.send("POST", `/api/v1/concurrency-limits/openai${path}`, body);
    expect(answer.status).toBe(422);
    const { issues } = (await answer.json()) as { issues?: { path: string }[] };
    const field = "total" in body && "concurrencyKey" in body ? "total" : undefined;
    if (field !== undefined) expect(issues?.map((issue) => issue.path)).toContain(field);
    expect(await concurrencyLimits.retrieve("openai", { concurrencyKey: "a" })).toMatchObject({
      perKey: { override: null },
    });
    expect(await concurrencyLimits.retrieve("openai")).toMatchObject({
      paused: false,
      total: { current: 2 },
    });
  });
});
