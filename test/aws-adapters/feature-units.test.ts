/**
 * What each feature costs in DynamoDB, by its own `ConsumedCapacity`: a request goes in at its route, and the calls and
 * units that it comes to are exact budgets. Heads are small ones; what a size costs is in `units.test.ts`.
 *
 * Units, behind the calls: of the table, of the index of times (`wake`), of the list (`runs`), and where there are any, of batches. A fresh read of a small item
 * is a unit of the table here, at a fifth of a write's price.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claim, type Lease, show, suspend } from "../../engine/head-write.ts";
import { watchItem } from "../../engine/inbox.ts";
import type { Ports } from "../../engine/ports.ts";
import { addOwnTags } from "../../engine/run-tags.ts";
import { tokenRung } from "../../engine/token-ends.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoSchedules } from "../../functions/aws/dynamo-schedules.ts";
import { keepSchedules } from "../../functions/schedule-keeper.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import { make } from "../functions/senders.ts";
import { key, trigger, type World, world } from "../functions/world.ts";
import { hasDynamo, meter, type OpenTable, openTable } from "./table.ts";

const minute = 60_000;
/** A task's own address, and one that was defined by itself. */
const github = { id: "github", provider: "github", options: {}, tasks: [{ id: "github", isBare: false }] };
const shared = { ...github, id: "shared" };
const counts = { activeMs: 1, attempts: 0, lastNumber: 1 };
/** One query for each shard of the schedules that were made by calls. */
const eightQueries = Array.from({ length: 8 }, () => "Query").join(" ");

describe.skipIf(!hasDynamo)("calls and units", () => {
  let open: OpenTable;
  let w: World;
  let ports: Ports;
  /** The calls since it was asked last, and what they cost. */
  let spent: () => string;
  let now = 1_790_000_000_000;

  beforeAll(async () => {
    open = await openTable();
    const { take } = meter(open.client);
    spent = () => {
      const { calls, table, wake, runs, batches } = take();
      return `${calls.join(" ")}: ${[table, wake, runs, batches].filter((each) => each !== undefined).join(" ")}`;
    };
    const base = world().ports;
    ports = { ...base, store: open.store, clock: { ...base.clock, now: () => now } };
    w = world({
      ports,
      queues: dynamoQueues(open),
      erasing: { store: open.store, values: { remove: async () => true }, remains: [] },
      schedules: dynamoSchedules(open),
      code: {
        version: () => "1",
        tasks: () => [{ id: "order" }, { id: "digest", schedule: {} }],
        webhook: (id) => (id === "shared" ? shared : github),
      },
      secretsNamed: () => ["It's a Secret to Everybody"],
    });
  });
  afterAll(() => open?.close());

  /** A request, a moment later than the one before. */
  async function ask(method: string, path: string, body?: unknown): Promise<{ cost: string; id: string }> {
    now += 10;
    spent();
    const answer = await w.send(method, `/api/v1/${path}`, body);
    const cost = spent();
    expect([path, answer.status]).toEqual([path, 200]);
    return { cost, id: ((await answer.json()) as { id?: string }).id ?? "" };
  }
  const cost = async (...request: Parameters<typeof ask>) => (await ask(...request)).cost;
  const order = (options: object) => cost("POST", "tasks/order/trigger", { payload: 1, options });

  async function begun(): Promise<Lease> {
    const runId = await trigger(w);
    const { run } = await open.store.write(runId, claim("p", now, now + 30_000));
    return { runId, owner: "p", epoch: run?.epoch ?? 0 };
  }

  test("an idempotency key: one transaction; a trigger that finds it is a refusal and a read; a reset is one update", async () => {
    const key = { idempotencyKey: "k" };
    expect(await order({})).toBe("PutItem: 1 0 1");
    expect(await order(key)).toBe("TransactWriteItems: 4 0 2");
    expect(await order(key)).toBe("TransactWriteItems refused GetItem: 3 0 0");
    const reset = await cost("POST", "idempotencyKeys/k/reset", { taskIdentifier: "order" });
    expect(reset).toBe("UpdateItem: 1 0 0");
    expect(await order(key)).toBe("TransactWriteItems: 4 0 2");
  });

  test("queue, concurrency key, priority, ttl, tags and metadata of a trigger cost nothing: it is still one put", async () => {
    const queue = { queue: { name: "q" }, concurrencyKey: "a", priority: 3 };
    const all = { ...queue, ttl: "1h", tags: ["a", "b"], metadata: { a: 1 } };
    expect(await order(all)).toBe("PutItem: 1 0 1");
  });

  test("a batch: each run is in one index more, and no other run is looked at to find them, however many there are", async () => {
    const items = [1, 2, 3].map((payload) => ({ task: "order", payload }));
    spent();
    const { id } = (await (await w.send("POST", "/api/v2/tasks/batch", { items })).json()) as { id: string };
    expect(spent()).toBe("PutItem PutItem PutItem: 3 0 3 3");
    for (let others = 0; others < 2; others++) {
      // Its place in the index, its entries, and its heads: half a unit each.
      expect(await cost("GET", `batches/${id}`)).toBe("Query Query BatchGetItem: 1.5 0 0 1");
      for (let n = 0; n < 30; n++) await order({});
    }
  });

  test("debounce: one transaction; each later trigger is a refusal, a read and one update, leading or trailing", async () => {
    const debounce = { key: "d", delay: "1h" };
    expect(await order({ debounce })).toBe("TransactWriteItems: 4 2 2");
    for (const mode of ["trailing", "leading"]) {
      now += 1_000;
      const joined = await order({ debounce: { ...debounce, mode } });
      expect(joined).toBe("TransactWriteItems refused GetItem UpdateItem: 4 2 0");
    }
  });

  test("debounce beside an idempotency key: three items in the transaction, refused for three; joining puts the key, too", async () => {
    const both = { debounce: { key: "e", delay: "1h", mode: "trailing" }, idempotencyKey: "e1" };
    expect(await order(both)).toBe("TransactWriteItems: 6 2 2");
    expect(await order(both)).toBe("TransactWriteItems refused GetItem: 4 0 0");
    now += 1_000;
    const joins = "TransactWriteItems refused GetItem UpdateItem PutItem: 6 2 0";
    expect(await order({ ...both, idempotencyKey: "e2" })).toBe(joins);
    expect(await order({ ...both, idempotencyKey: "e2" })).toBe("TransactWriteItems refused GetItem: 4 0 0");
  });

  test("a token: made with one put, looked at with one read, completed with a read and an update; once more, with a read", async () => {
    const made = await ask("POST", "waitpoints/tokens", { timeout: "1h", tags: ["a"] });
    expect(made.cost).toBe("PutItem: 1 1 1");
    expect(await cost("GET", `waitpoints/tokens/${made.id}`)).toBe("GetItem: 1 0 0");
    const complete = () => cost("POST", `waitpoints/tokens/${made.id}/complete`, { data: 1 });
    expect(await complete()).toBe("GetItem UpdateItem: 2 1 0");
    expect(await complete()).toBe("GetItem: 1 0 0");
    const keyed = () => cost("POST", "waitpoints/tokens", { idempotencyKey: "t" });
    expect(await keyed()).toBe("TransactWriteItems: 4 2 2");
    expect(await keyed()).toBe("TransactWriteItems refused GetItem: 3 0 0");
  });

  test("a token that a run waits for: completing it tells the run, and notes on the token that it was told", async () => {
    const { id } = await ask("POST", "waitpoints/tokens", { timeout: "1h" });
    const lease = await begun();
    await open.store.send(id, watchItem({ runId: lease.runId, key: "a#0", gen: 0 }), now);
    const rest = { wakeAt: undefined, waitingFor: { kind: "token", count: 1 } as const, ...counts };
    await open.store.write(lease.runId, suspend(lease, now, 0, rest));
    const completed = await cost("POST", `waitpoints/tokens/${id}/complete`, { data: 1 });
    expect(completed).toBe("GetItem UpdateItem Query GetItem PutItem UpdateItem UpdateItem: 7 4 0");
  });

  test("an upload: its link is a put, what comes to it a read and an update; its trigger reads it, and erases it behind its own put", async () => {
    const named = async (method: string, path: string, body?: unknown) => {
      now += 10;
      spent();
      const answer = await w.send(method, path, body, { "content-type": "application/json" });
      expect(answer.status).toBe(200);
      return { cost: spent(), body: (await answer.json()) as Record<string, string> };
    };
    const link = await named("PUT", "/api/v2/packets/payload.json");
    expect(link.cost).toBe("PutItem: 1 1 1");
    const put = () => named("PUT", new URL(link.body.presignedUrl ?? "").pathname, { a: 1 });
    expect((await put()).cost).toBe("GetItem UpdateItem: 2 1 0");
    expect((await put()).cost).toBe("GetItem: 1 0 0");
    const options = { payloadType: "application/store" };
    const used = await named("POST", "/api/v1/tasks/order/trigger", {
      payload: link.body.storagePath,
      options,
    });
    expect(used.cost).toBe("GetItem PutItem GetItem Query GetItem Query Query Query DeleteItem Query: 5 0 2");
  });

  test("an upload with a token for one use: a read more for each that the token has asked for", async () => {
    configure({ secretKey: key, baseURL: "http://localhost" });
    const headers = { authorization: `Bearer ${await auth.createTriggerPublicToken("order")}` };
    const link = async () => w.app.request("/api/v2/packets/a.json", { method: "PUT", headers });
    spent();
    expect([(await link()).status, spent()]).toEqual([200, "GetItem PutItem: 2 1 1"]);
    expect([(await link()).status, spent()]).toEqual([200, "GetItem GetItem PutItem: 3 1 1"]);
  });

  test("a token's time-out: a read and an update", async () => {
    const { id } = await ask("POST", "waitpoints/tokens", { timeout: "1h" });
    now += 60 * minute;
    spent();
    expect(await tokenRung(ports, id)).toBe("finished");
    expect(spent()).toBe("GetItem UpdateItem: 2 1 0");
  });

  test("a tick of the schedules: nine queries; each of the code that is due two puts, each made by a call two puts and its look-up", async () => {
    const schedule = { cron: "* * * * *", timezone: "UTC" };
    const code = { version: () => "1", tasks: () => [{ id: "digest", schedule }] };
    const log = { warn() {}, error: (_: string, fields: object) => expect(fields).toEqual({}) };
    async function tick(): Promise<string> {
      spent();
      const deps = { ports, schedules: dynamoSchedules(open), code, lateMs: 10 * minute, aheadMs: 0, log };
      const { started } = await keepSchedules(deps);
      return `${started} started. ${spent()}`;
    }
    expect(await tick()).toBe(`0 started. Query PutItem ${eightQueries}: 1 0 0`);
    expect(await tick()).toBe(`0 started. Query ${eightQueries}: 1 0 0`);
    now += minute;
    expect(await tick()).toBe(`1 started. Query PutItem PutItem ${eightQueries}: 3 0 1`);
    const wanted = { task: "digest", cron: "* * * * *", deduplicationKey: "d" };
    const made = await ask("POST", "schedules", wanted);
    expect(made.cost).toBe("GetItem GetItem PutItem: 3 1 0");
    now += minute;
    const both = `Query PutItem PutItem ${eightQueries} BatchGetItem PutItem PutItem`;
    expect(await tick()).toBe(`2 started. ${both}: 6 2.5 2`);
    const off = await cost("POST", `schedules/${made.id}/deactivate`);
    expect(off).toBe("GetItem GetItem GetItem PutItem: 4 1 0");
    expect(await cost("POST", `schedules/${made.id}/activate`)).toBe("GetItem GetItem PutItem: 3 1 0");
    expect(await cost("DELETE", `schedules/${made.id}`)).toBe("GetItem GetItem GetItem PutItem: 4 1 0");
  });

  test("a webhook's delivery: the run and its key in one transaction; one that is sent again is a refusal and a read; where waiters may be, a read more", async () => {
    const { hook, body, headers } = await make("github", { id: "evt_1" });
    async function deliver(to = hook): Promise<string> {
      spent();
      const type = { "content-type": "application/json" };
      const { status } = await w.app.request(`/hooks/${to}`, {
        method: "POST",
        body,
        headers: { ...type, ...headers },
      });
      return `${status} ${spent()}`;
    }
    expect(await deliver()).toBe("202 TransactWriteItems: 4 0 2");
    expect(await deliver()).toBe("202 TransactWriteItems refused GetItem: 3 0 0");
    expect(await deliver("shared")).toBe("202 TransactWriteItems refused GetItem GetItem: 4 0 0");
    const waiter = await cost("POST", "webhooks/endpoints/shared/waiters", {
      match: { "event.id": "evt_1" },
    });
    expect(waiter).toBe("GetItem PutItem PutItem: 3 2 2");
    const ended = "TransactWriteItems refused GetItem GetItem GetItem GetItem GetItem UpdateItem: 8 1 0";
    expect(await deliver("shared")).toBe(`202 ${ended}`);
    // One with a filter of its own: its place is looked at, and ten places by each delivery that has its values.
    const filtered = await cost("POST", "webhooks/endpoints/shared/waiters", {
      ...{ match: { "event.id": "evt_1" }, filter: "event.id == 'evt_2'" },
    });
    expect(filtered).toBe("GetItem GetItem PutItem GetItem PutItem: 5 2 2");
    expect(await deliver("shared")).toBe(`202 TransactWriteItems refused${" GetItem".repeat(16)}: 18 0 0`);
  });

  test("a queue: what code says of it is read by each start and written where it is new; a pause or an override is one update", async () => {
    spent();
    await open.store.limit("q", 1, now);
    expect(spent()).toBe("GetItem PutItem UpdateItem GetItem Query: 4 0 0");
    await open.store.limit("q", 1, now);
    expect(spent()).toBe("GetItem: 1 0 0");
    // The look at it that is answered: its settings, its pools, and how many wait.
    const look = "GetItem Query Query";
    expect(await cost("GET", "queues/q")).toBe(`${look}: 1 0 0`);
    for (const [path, body] of [
      ["pause", { action: "pause" }],
      ["pause", { action: "resume" }],
      ["concurrency/override", { concurrencyLimit: 3 }],
      ["concurrency/reset", {}],
    ] as const)
      expect(await cost("POST", `queues/q/${path}`, body)).toBe(
        `GetItem UpdateItem GetItem Query ${look}: 4 0 0`,
      );
    // As a concurrency limit it is looked at before, too.
    expect(await cost("GET", "concurrency-limits/q")).toBe(`${look}: 1 0 0`);
    expect(await cost("POST", "concurrency-limits/q/override", { perKey: 2, total: 4 })).toBe(
      `${look} GetItem UpdateItem GetItem Query ${look}: 5 0 0`,
    );
  });

  test("tags: one update beside the reads, and nothing is written for those that are there; a run's own are one update", async () => {
    const run = await trigger(w);
    const tag = () => cost("POST", `runs/${run}/tags`, { tags: ["x"] });
    // A run that nobody had before gets its place in the list.
    expect(await tag()).toBe("GetItem GetItem UpdateItem: 3 0 0");
    expect(await tag()).toBe("GetItem GetItem: 2 0 0");
    const lease = await begun();
    const outside = await cost("POST", `runs/${lease.runId}/tags`, { tags: ["x"] });
    expect(outside).toBe("GetItem GetItem UpdateItem: 3 0 0");
    const head = await open.store.read(lease.runId);
    if (head === undefined) throw new Error("no run");
    spent();
    await addOwnTags(open.store, head, now, ["own"], lease);
    expect(spent()).toBe("UpdateItem: 1 0 0");
  });

  test("metadata: from outside an inbox item and the run moved in time; a run's own are one update, or part of another", async () => {
    const run = await trigger(w);
    const change = (id: string) => cost("PUT", `runs/${id}/metadata`, { metadata: { a: 1 } });
    const told = "GetItem GetItem GetItem PutItem UpdateItem";
    expect(await change(run)).toBe(`${told} GetItem Query: 7 1 0`);
    // No pass has taken it yet: it is looked for in the inbox.
    expect(await cost("GET", `runs/${run}/metadata`)).toBe("GetItem Query: 2 0 0");
    const lease = await begun();
    expect(await change(lease.runId)).toBe(`${told}: 5 1 0`);
    expect(await cost("GET", `runs/${lease.runId}/metadata`)).toBe("GetItem: 1 0 0");
    spent();
    await open.store.write(lease.runId, show(lease, now, { changedMetadata: { inline: '{"a":1}' } }));
    expect(spent()).toBe("UpdateItem: 1 0 0");
  });
});
