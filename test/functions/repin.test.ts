/** `POST /api/v1/runs/:id/repin`. */
import { expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { world } from "./world.ts";

async function on(version: string | undefined) {
  const listed = async () => ({ secrets: [], versions: [], isComplete: true });
  const w = world({ envvars: { stage: "prod", listed, current: async () => "2" } });
  const { id } = (await (
    await w.send("POST", "/api/v1/tasks/order/trigger", { payload: { id: 1 } })
  ).json()) as {
    id: string;
  };
  if (version !== undefined)
    await w.ports.store.write(id, claim("me", Date.now(), undefined, undefined, version));
  return { w, id, repin: () => w.send("POST", `/api/v1/runs/${id}/repin`, {}) };
}

test("puts the run on the current version, and a line says which run, from where to where, and whose key it was", async () => {
  const { w, id, repin } = await on("1");
  expect(await (await repin()).json()).toEqual({ id, secretVersion: "2", from: "1" });
  expect((await w.ports.store.read(id))?.secretVersion).toBe("2");
  const lines = w.logged.filter(({ message }) => message.includes("another version of the secrets"));
  expect(lines.map(({ fields }) => fields)).toEqual([
    { runId: id, from: "1", to: "2", by: expect.stringMatching(/^key [0-9a-f]{12}$/) },
  ]);
  expect(await (await repin()).json()).toEqual({ id, secretVersion: "2" });
  expect(w.logged).toHaveLength(1);
});

test("all runs of a version are, those that go on and dead letters, each with a line; those of other versions are not", async () => {
  const listed = async () => ({ secrets: [], versions: [], isComplete: true });
  const w = world({ envvars: { stage: "prod", listed, current: async () => "3" } });
  const begun: string[] = [];
  for (const version of ["1", "2", "2", "2", undefined]) {
    const { id } = (await (
      await w.send("POST", "/api/v1/tasks/order/trigger", { payload: { id: 1 } })
    ).json()) as { id: string };
    if (version !== undefined)
      await w.ports.store.write(id, claim("me", Date.now(), undefined, undefined, version));
    begun.push(id);
  }
  const [other, open, dead, over, queued] = begun as [string, string, string, string, string];
  const left = { when: { status: ["EXECUTING" as const] }, set: { owner: undefined } };
  await w.ports.store.write(dead, { event: "failed", ...left });
  await w.ports.store.write(over, { event: "completed", ...left });
  const answer = await (await w.send("POST", "/api/v1/runs/repin", { secretVersion: "2" })).json();
  expect(answer).toEqual({ secretVersion: "3", runs: [dead, open] });
  const now = await Promise.all(begun.map(async (id) => (await w.ports.store.read(id))?.secretVersion));
  expect(now).toEqual(["1", "3", "3", "2", undefined]);
  expect(w.logged.map(({ fields }) => [fields.runId, fields.from, fields.to])).toEqual([
    [dead, "2", "3"],
    [open, "2", "3"],
  ]);
  const same = await w.send("POST", "/api/v1/runs/repin", { secretVersion: "3" });
  expect(await same.json()).toEqual({ secretVersion: "3", runs: [] });
  expect([other, queued]).not.toContain(w.logged[0]?.fields.runId);
});

test("of a run that has not begun changes nothing; without any secrets, and for an unknown run, it is refused", async () => {
  const queued = await on(undefined);
  expect(await (await queued.repin()).json()).toEqual({ id: queued.id, secretVersion: "2" });
  expect(queued.w.logged).toEqual([]);
  const w = world({
    envvars: {
      stage: "prod",
      listed: async () => ({ secrets: [], versions: [], isComplete: true }),
      current: async () => undefined,
    },
  });
  const { id } = (await (
    await w.send("POST", "/api/v1/tasks/order/trigger", { payload: { id: 1 } })
  ).json()) as {
    id: string;
  };
  const refused = await w.send("POST", `/api/v1/runs/${id}/repin`, {});
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: "HF209" }]);
  expect((await w.send("POST", "/api/v1/runs/run_nowhere/repin", {})).status).toBe(404);
});
