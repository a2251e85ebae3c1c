/** `TriggerClient`: calls to a server of their own. */
import { expect, test, vi } from "vitest";
import { configure } from "../../sdk/config.ts";
import { runs } from "../../sdk/runs.ts";
import { tasks } from "../../sdk/tasks.ts";
import type { Transport } from "../../sdk/transport.ts";
import { TriggerClient } from "../../sdk/trigger-client.ts";
import { type World, world } from "../functions/world.ts";
import { imports, kitOf, outside } from "../testing/kit.ts";

/** A way to a world, with what was asked on it. */
function wayTo(w: World, address: string) {
  const asked: string[] = [];
  const request = ({ method, path, body }: Parameters<Transport["request"]>[0]) => {
    asked.push(`${method} ${path}`);
    return w.send(method, path, body === undefined ? undefined : JSON.parse(body));
  };
  return { asked, transport: { address, request } };
}

test("a client's calls go to its own server, whatever is configured, also at once and in later pages", async () => {
  const [home, away] = [wayTo(world(), "home"), wayTo(world(), "away")];
  configure({ transport: home.transport });
  const client = new TriggerClient({ transport: away.transport });
  const [own, other] = await Promise.all([tasks.trigger("order", 1), client.tasks.trigger("order", 2)]);
  for (let n = 3; n < 6; n++) await client.tasks.trigger("order", n);
  expect((await client.runs.retrieve(other.id)).payload).toBe(2);
  expect((await runs.retrieve(own.id)).payload).toBe(1);
  const before = home.asked.length;
  const first = await client.runs.list({ limit: 2 });
  expect(first.hasNextPage()).toBe(true);
  expect((await first.getNextPage()).data).toHaveLength(2);
  const all: string[] = [];
  for await (const { id } of client.runs.list({ limit: 1 })) all.push(id);
  expect(all).toHaveLength(4);
  const bulk = await client.runs.bulk.cancel({ runIds: [other.id] });
  expect(await client.runs.bulk.retrieve(bulk.id)).toMatchObject({ id: bulk.id });
  expect((await client.queues.list()).data).toEqual(expect.any(Array));
  expect(home.asked.length).toBe(before);
});

test("a client refuses what configure refuses, and what Holdfast does not do, when it is called", async () => {
  const { transport } = wayTo(world(), "away");
  const wrong = new TriggerClient({ transport, secretKey: "key" });
  expect(() => wrong.runs.retrieve("run_1")).toThrow(/HF514/);
  expect(() => new TriggerClient().prompts.list?.()).toThrow(/HF506/);
});

test("in a browser, where nothing keeps two configurations apart, a client is refused", async () => {
  vi.resetModules();
  vi.stubGlobal("process", undefined);
  try {
    const fresh = await import("../../sdk/trigger-client.ts");
    const client = new fresh.TriggerClient({ baseURL: "http://away", accessToken: "key" });
    expect(() => client.runs.retrieve("run_1")).toThrow(/HF506 .*AsyncLocalStorage/);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("in a run a client's call is a checkpoint like any other: made once, and no child is begun", async () => {
  const away = wayTo(world(), "away");
  outside({ transport: away.transport });
  const kit = await kitOf(`${imports}
    import { TriggerClient } from "holdfast";
    const there = new TriggerClient({ transport: outside.transport });
    export const t = task({ id: "t", run: async () => {
      const { id } = await there.tasks.trigger("order", 7);
      await wait.for({ days: 1 });
      const { payload, status } = await there.runs.retrieve(id);
      return { payload, status };
    } });`);
  const report = await kit.run("t");
  expect([report.error, report.output]).toEqual([undefined, { payload: 7, status: "QUEUED" }]);
  expect(away.asked.filter((each) => each.startsWith("POST"))).toEqual(["POST /api/v1/tasks/order/trigger"]);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
});
