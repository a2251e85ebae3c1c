/** Queues over HTTP: looked at, paused, resumed, given another limit. */
import { beforeEach, describe, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { letIn } from "../../functions/auth.ts";
import { configure } from "../../sdk/config.ts";
import { queues } from "../../sdk/queues.ts";
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
  await w.ports.store.limit("mails", 1, 0);
  await w.ports.store.limit("task/order", 2, 0);
  await w.ports.store.limit("any", undefined, 0);
});

/** Starts runs of the queue; who finds no slot is parked. */
async function runsIn(queue: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const answer = await w.send("POST", "/api/v1/tasks/order/trigger", { payload: n, options: { queue } });
    ids.push(((await answer.json()) as { id: string }).id);
  }
  for (const id of ids) await w.ports.store.write(id, claim("a pass", Date.now()));
  w.rings();
  return ids;
}

const plain = { override: null, overriddenAt: null, overriddenBy: null, total: null };

describe("queues", () => {
  test("are shown in Trigger.dev's shape, by id or by name and type", async () => {
    await runsIn("task/order", 3);
    const shown = {
      ...{ id: "task/order", name: "order", type: "task", running: 2, queued: 1, paused: false },
      ...{ concurrencyLimit: 2, concurrency: { ...plain, current: 2, base: 2 }, rateLimit: null },
    };
    expect(await queues.retrieve("task/order")).toEqual(shown);
    expect(await queues.retrieve({ type: "task", name: "order" })).toEqual(shown);
    expect(await queues.retrieve({ type: "custom", name: "any" })).toMatchObject({
      ...{ id: "any", type: "custom", running: null, queued: null, concurrencyLimit: null },
    });
  });

  test("of a task that says nothing of one can be looked at, and not be paused", async () => {
    const shown = {
      id: "task/report",
      name: "report",
      type: "task",
      running: null,
      queued: null,
      paused: false,
    };
    expect(await queues.retrieve("task/report")).toMatchObject({ ...shown, concurrencyLimit: null });
    await expect(queues.pause("task/report")).rejects.toThrow("HF214");
    await expect(queues.retrieve("task/nobody")).rejects.toThrow("HF214");
    await expect(queues.retrieve("report")).rejects.toThrow("HF214");
  });

  test("are listed in pages", async () => {
    const page = await queues.list({ perPage: 2 });
    expect(page.data.map(({ id }) => id)).toEqual(["any", "mails"]);
    const all: string[] = [];
    for await (const { id } of queues.list({ perPage: 2 })) all.push(id);
    expect(all).toEqual(["any", "mails", "task/order"]);
  });

  test("are paused and resumed; whoever may come then is rung for", async () => {
    const [first = "", second = ""] = await runsIn("mails", 2);
    expect(await queues.pause("mails")).toMatchObject({
      paused: true,
      concurrencyLimit: 1,
      running: 1,
      queued: 1,
    });
    expect(await queues.overrideConcurrencyLimit("mails", 2)).toMatchObject({ paused: true });
    expect(w.rings()).toEqual([]);
    expect(await queues.resume("mails")).toMatchObject({ paused: false });
    expect(w.rings()).toEqual([second]);
    expect((await w.ports.store.read(first))?.owner).toBe("a pass");
  });

  test("get another limit, and the code's again", async () => {
    const before = Date.now();
    const { concurrency } = await queues.overrideConcurrencyLimit("mails", 0);
    expect(concurrency).toMatchObject({ current: 0, base: 1, override: 0 });
    expect(Number(concurrency.overriddenAt)).toBeGreaterThanOrEqual(before);
    expect(await queues.resetConcurrencyLimit("mails")).toMatchObject({
      ...{ concurrencyLimit: 1, concurrency: { ...plain, current: 1, base: 1 } },
    });
  });

  test("that no code has declared are refused, in every call", async () => {
    const unknown = { type: "task", name: "mails" } as const;
    const calls = [
      queues.retrieve("mail"),
      queues.pause(unknown),
      queues.resume(unknown),
      queues.overrideConcurrencyLimit(unknown, 1),
      queues.resetConcurrencyLimit("task/nobody"),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(/HF214.*There is no queue/);
    expect(await w.ports.store.queues()).toEqual(["any", "mails", "task/order"]);
  });

  test.each([
    ["/pause", { action: "stop" }],
    ["/pause", {}],
    ["/concurrency/override", { concurrencyLimit: -1 }],
    ["/concurrency/override", { concurrencyLimit: 10_001 }],
    ["/concurrency/override", { concurrencyLimit: 1, for: "1h" }],
  ])("take no %s %j", async (path, body) => {
    const answer = await w.send("POST", `/api/v1/queues/mails${path}`, body);
    expect(answer.status).toBe(422);
    expect(await queues.retrieve("mails")).toMatchObject({ paused: false, concurrencyLimit: 1 });
  });
});
