/** The last argument of triggers: to whom the request goes. And what a batch that is refused throws. */
import { afterEach, expect, test, vi } from "vitest";
import { batch } from "../../sdk/batches.ts";
import { configure } from "../../sdk/config.ts";
import { BatchTriggerError } from "../../sdk/index.ts";
import { publicPrefix } from "../../sdk/public-token.ts";
import { startOptions } from "../../sdk/start-options.ts";
import { task } from "../../sdk/task.ts";
import { tasks } from "../../sdk/tasks.ts";
import type { Transport } from "../../sdk/transport.ts";
import { key, type World, world } from "../functions/world.ts";
import { imports, kitOf, outside } from "../testing/kit.ts";

const order = task({ id: "order", run: async (payload: number) => payload });

afterEach(() => vi.unstubAllGlobals());

function wayTo(w: World) {
  const asked: string[] = [];
  const request = ({ method, path, body }: Parameters<Transport["request"]>[0]) => {
    asked.push(`${method} ${path}`);
    return w.send(method, path, body === undefined ? undefined : JSON.parse(body));
  };
  return { asked, transport: { address: "away", request } };
}

test("clientConfig sends one call elsewhere, and the next one home again", async () => {
  const [home, away] = [wayTo(world()), wayTo(world())];
  configure({ transport: home.transport });
  const elsewhere = { clientConfig: { transport: away.transport } };
  await order.trigger(1, undefined, elsewhere);
  await tasks.trigger<typeof order>("order", 2, { tags: ["a"] }, elsewhere);
  await order.batchTrigger([{ payload: 3 }], undefined, elsewhere);
  await batch.trigger<typeof order>([{ id: "order", payload: 4 }], undefined, elsewhere);
  await order.trigger(5);
  expect([away.asked.length, home.asked.length]).toEqual([4, 1]);
});

test("publicAccessToken says how long the handle's token is good", async () => {
  const w = world();
  vi.stubGlobal("fetch", (input: string | URL | Request, init?: RequestInit) =>
    w.app.request(new Request(input, init)),
  );
  configure({ secretKey: key, baseURL: "http://localhost:7474" });
  const lifeOf = ({ publicAccessToken = "" }: { publicAccessToken?: string }) =>
    JSON.parse(
      String(Buffer.from(publicAccessToken.slice(publicPrefix.length).split(".")[0] ?? "", "base64url")),
    ).exp - Math.floor(Date.now() / 1_000);
  const long = await order.trigger(1, undefined, { publicAccessToken: { expirationTime: "2d" } });
  expect(Math.round(lifeOf(long) / 3_600)).toBe(48);
  const many = { publicAccessToken: { expirationTime: "3d" } } as const;
  expect(Math.round(lifeOf(await order.batchTrigger([{ payload: 1 }], {}, many)) / 3_600)).toBe(72);
});

test("an option of Trigger.dev's triggers that there is not is refused with what to use, outside of runs and in them", async () => {
  const w = world();
  configure({ transport: wayTo(w).transport });
  for (const [name, instead] of [
    ["externalDeploymentId", "Take `version`"],
    ["region", "Deploy a stack in that region"],
  ] as const) {
    const asked = { [name]: "a" } as object;
    await expect(order.trigger(1, asked)).rejects.toThrow(`options.${name}: Not supported. ${instead}`);
    const inRun = () => startOptions(asked, { now: 0 } as Parameters<typeof startOptions>[1]);
    expect(inRun).toThrow(`HF506 The trigger option "${name}" is not supported. ${instead}`);
  }
  expect(await w.runs()).toEqual([]);
});

test("a request option that there is not is refused by its name, and nothing is started", async () => {
  const { asked, transport } = wayTo(world());
  configure({ transport });
  const unknown = { retry: { maxAttempts: 1 } } as object;
  await expect(order.trigger(1, undefined, unknown)).rejects.toThrow('HF506 The request option "retry"');
  await expect(order.batchTrigger([], undefined, unknown)).rejects.toThrow(
    'HF506 The request option "retry"',
  );
  expect(asked).toEqual([]);
});

test("within a run clientConfig starts a run that is no child, once however often the run goes on; a call that waits refuses it", async () => {
  const { asked, transport } = wayTo(world());
  outside({ transport });
  const kit = await kitOf(`${imports}
    export const order = task({ id: "order", run: async () => "here" });
    const there = { clientConfig: { transport: outside.transport } };
    export const t = task({ id: "t", run: async () => {
      const one = await order.trigger(undefined, undefined, there);
      const many = await order.batchTrigger([{}, {}], undefined, there);
      await wait.for({ hours: 1 });
      const refused = [];
      refused.push(await order.triggerAndWait(undefined, undefined, there).catch((error) => error.message));
      refused.push(await order.batchTriggerAndWait([{}], undefined, there).catch((error) => error.message));
      refused.push(await order.trigger(undefined, {}, { publicAccessToken: { expirationTime: "1h" } }).catch((error) => error.message));
      return [one.isCached, many.runCount, ...refused];
    } });`);
  const { output } = await kit.run("t");
  const refused = (name: string) => expect.stringContaining(`HF506 The request option "${name}"`);
  const shown = [refused("clientConfig"), refused("clientConfig"), refused("publicAccessToken")];
  expect(output).toEqual([false, 2, ...shown]);
  expect(asked).toEqual(["POST /api/v1/tasks/order/trigger", "POST /api/v2/tasks/batch"]);
});

test("a batch that is refused throws a BatchTriggerError that says why", async () => {
  const { asked, transport } = wayTo(world());
  configure({ transport });
  const many = Array.from({ length: 1_001 }, () => ({ payload: 1 }));
  const failed = (items: { payload: number }[], id: string) =>
    tasks
      .batchTrigger<typeof order>(id as "order", items)
      .catch((error: unknown) => error as BatchTriggerError);
  const [tooMany, unknown] = [await failed(many, "order"), await failed([{ payload: 1 }], "nobody")];
  for (const error of [tooMany, unknown]) expect(error).toBeInstanceOf(BatchTriggerError);
  expect(tooMany).toMatchObject({
    name: "BatchTriggerError",
    phase: "create",
    itemCount: 1_001,
    code: "HF511",
  });
  expect(unknown).toMatchObject({
    itemCount: 1,
    code: "HF203",
    isRateLimited: false,
    apiError: { status: 404 },
  });
  expect(asked).toEqual(["POST /api/v2/tasks/batch"]);
});

test("in a run such an error is caught by its class, before a wait and behind it, and is not tried again", async () => {
  const kit = await kitOf(`${imports}
    import { BatchTriggerError } from "holdfast";
    export const order = task({ id: "order", run: async () => "here" });
    const many = Array.from({ length: 1_001 }, () => ({}));
    export const t = task({ id: "t", run: async () => {
      let seen;
      try { await order.batchTrigger(many); } catch (error) { seen = error; }
      const before = seen instanceof BatchTriggerError;
      await wait.for({ hours: 1 });
      return [before, seen instanceof BatchTriggerError, seen.itemCount, seen.code];
    } });`);
  const report = await kit.run("t");
  expect(report.output).toEqual([true, true, 1_001, "HF511"]);
});
