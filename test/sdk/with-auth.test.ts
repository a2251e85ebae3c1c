/** `auth.withAuth` and its like: calls with a configuration of their own. */
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from "vitest";
import { auth } from "../../sdk/auth.ts";
import { batch } from "../../sdk/batches.ts";
import { configure } from "../../sdk/config.ts";
import { runs } from "../../sdk/runs.ts";
import { tasks } from "../../sdk/tasks.ts";
import type { Transport } from "../../sdk/transport.ts";
import { key, type World, world } from "../functions/world.ts";
import { imports, kitOf, outside } from "../testing/kit.ts";

/** All that is fetched goes to this world. */
function serve(w: World): string[] {
  const bearers: string[] = [];
  vi.stubGlobal("fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const made = new Request(input, init);
    bearers.push(made.headers.get("authorization")?.slice(7) ?? "");
    return w.app.request(made);
  });
  return bearers;
}
beforeEach(() => configure({ secretKey: key, baseURL: "http://localhost:7474" }));
afterEach(() => vi.unstubAllGlobals());

test("what a function asks within withAuth it asks with that key, also behind an await; others ask with their own", async () => {
  const bearers = serve(world());
  const open = deferred();
  const within = auth.withAuth({ accessToken: "another" }, async () => {
    await open.promise;
    return runs.retrieve("run_1").catch(() => "refused");
  });
  const { id } = await tasks.trigger("order", 1);
  open.resolve(undefined);
  expect(await within).toBe("refused");
  expect((await runs.retrieve(id)).id).toBe(id);
  expect(new Set(bearers.slice(0, -1))).toEqual(new Set([key, "another"]));
  expect([bearers[0], bearers.at(-1)]).toEqual([key, key]);
  expectTypeOf(auth.withAuth({}, async () => 7)).resolves.toEqualTypeOf<number>();
});

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("withPublicToken lets do what its scopes say, and nothing else", async () => {
  serve(world());
  const [one, two] = [await tasks.trigger("order", 1), await tasks.trigger("order", 2)];
  const seen: unknown[] = [];
  const status = (error: { status?: number }) => error.status;
  await auth.withPublicToken({ scopes: { read: { runs: one.id } } }, async () => {
    seen.push((await runs.retrieve(one.id)).id, await runs.retrieve(two.id).catch(status));
    seen.push(await tasks.trigger("order", 3).catch(status));
  });
  expect(seen).toEqual([one.id, 403, 403]);
});

test("withTriggerPublicToken starts runs of its tasks, withBatchTriggerPublicToken batches of them", async () => {
  const w = world();
  serve(w);
  const status = (error: { status?: number }) => error.status;
  const seen: unknown[] = [];
  await auth.withTriggerPublicToken("order", undefined, async () => {
    await tasks.trigger("order", 1);
    seen.push(await tasks.trigger("report", 1).catch(status));
    seen.push(await batch.trigger([{ id: "order", payload: 1 }]).catch(status));
  });
  await auth.withBatchTriggerPublicToken(["order"], { expirationTime: "1h" }, async () => {
    await batch.trigger([
      { id: "order", payload: 2 },
      { id: "order", payload: 3 },
    ]);
    seen.push(
      await batch
        .trigger([
          { id: "order", payload: 4 },
          { id: "report", payload: 4 },
        ])
        .catch(status),
    );
    seen.push(await tasks.trigger("order", 5).catch(status));
  });
  expect(seen).toEqual([403, 403, 403, 403]);
  expect(await w.runs()).toHaveLength(3);
});

/** A world that runs ask elsewhere, and what it was asked for. */
function away() {
  const asked: string[] = [];
  const there = world();
  const request = ({ method, path, body }: Parameters<Transport["request"]>[0]) => {
    asked.push(`${method} ${path.replace(/run_\w+/, "run")}`);
    return there.send(method, path, body === undefined ? undefined : JSON.parse(body));
  };
  outside({ transport: { address: "away", request } });
  return { asked, there };
}

test("in a run each call within withAuth is a checkpoint that asks the other server, once, also behind a wait; what is the run's own stays so", async () => {
  const { asked, there } = away();
  const kit = await kitOf(`${imports}
    import { auth, metadata, runs } from "holdfast";
    export const order = task({ id: "order", run: async () => "here" });
    export const t = task({ id: "t", run: async () => {
      const far = await auth.withAuth({ transport: outside.transport }, async () => {
        const { id } = await order.trigger({ n: 1 });
        metadata.set("far", id);
        await wait.for({ hours: 1 });
        return [id, (await runs.retrieve(id)).status, (await order.batchTrigger([{ payload: 1 }])).runCount];
      });
      const near = await order.triggerAndWait(undefined).unwrap();
      return [far, near, metadata.get("far") === far[0]];
    } });`);
  const { output } = await kit.run("t");
  const ids = (await there.runs()).map(({ id }) => id);
  expect(output).toEqual([[expect.any(String), "QUEUED", 1], "here", true]);
  const [[id]] = output as [[string]];
  expect(ids).toContain(id);
  expect(asked).toEqual([
    "POST /api/v1/tasks/order/trigger",
    "GET /api/v3/runs/run",
    "POST /api/v2/tasks/batch",
  ]);
});

test("in a run nothing that waits in this run's own store can be asked within withAuth; within a step it asks elsewhere as a whole", async () => {
  const { asked } = away();
  const kit = await kitOf(`${imports}
    import { auth } from "holdfast";
    export const order = task({ id: "order", run: async () => "here" });
    const there = (fn) => auth.withAuth({ transport: outside.transport }, fn);
    export const t = task({ id: "t", run: async () => {
      const refused = [
        await there(async () => order.triggerAndWait()).catch(String),
        await there(async () => wait.forToken("waitpoint_1")).catch(String),
      ];
      return [refused, await step("elsewhere", () => there(async () => { await order.trigger(); return "there"; }))];
    } });`);
  const { output } = await kit.run("t");
  expect(output).toEqual([
    [
      expect.stringContaining("HF506 triggerAndWait() is not supported within auth.withAuth()"),
      expect.stringContaining("HF506 wait.forToken() is not supported within auth.withAuth()"),
    ],
    "there",
  ]);
  expect(asked).toEqual(["POST /api/v1/tasks/order/trigger"]);
});
