/** The routes of bulk actions, and the SDK's way there. */
import { expect, test, vi } from "vitest";
import { configure, NotFoundError, runs } from "../../sdk/index.ts";
import { clientOf } from "../sdk/client-of.ts";
import { end, key, refusal, trigger, world } from "./world.ts";

const path = "/api/v1/bulk-actions";

test("an action is begun, looked at, listed and aborted, by route and by SDK", async () => {
  const w = world();
  vi.stubGlobal("fetch", clientOf(w).fetch);
  configure({ baseURL: "http://localhost:7474", accessToken: key });
  const run = await trigger(w);
  const { id } = await runs.bulk.cancel({
    filter: { status: "QUEUED", taskIdentifier: ["order"], period: "1d" },
    name: "all",
  });
  expect(await runs.bulk.retrieve(id)).toEqual({
    id,
    name: "all",
    type: "CANCEL",
    status: "PENDING",
    counts: { total: 0, success: 0, failure: 0 },
    createdAt: expect.any(Date),
  });
  const other = await runs.bulk.replay({ runIds: [run, run] });
  expect((await runs.bulk.retrieve(other.id)).counts.total).toBe(1);
  const listed: string[] = [];
  for await (const action of runs.bulk.list({ limit: 1 })) listed.push(action.id);
  expect(listed.sort()).toEqual([id, other.id].sort());
  expect(await runs.bulk.abort(id)).toEqual({ id });
  await end(w, other.id, "completed", {});
  const ended = await Promise.all([runs.bulk.poll(id), runs.bulk.poll(other.id)]);
  expect(ended.map(({ status }) => status)).toEqual(["ABORTED", "COMPLETED"]);
  await expect(runs.bulk.retrieve(run)).rejects.toThrow(NotFoundError);
  expect((await (await w.send("GET", "/api/v1/runs")).json()) as object).toMatchObject({
    data: [{ id: run }],
  });
  vi.unstubAllGlobals();
});

test.each([
  ["without a selection", { action: "cancel" }],
  ["with two selections", { action: "cancel", filter: { tag: "a" }, runIds: ["run_1"] }],
  ["without any filter", { action: "cancel", filter: {} }],
  ["of no runs", { action: "replay", runIds: [] }],
  ["with a filter that there is not", { action: "replay", filter: { region: "x" } }],
  ["with a status that there is not", { action: "replay", filter: { status: "DONE" } }],
  ["with a period beside from", { action: "replay", filter: { from: 1, period: "1d" } }],
  ["with an action that there is not", { action: "resume", runIds: ["run_1"] }],
])("one %s is refused", async (_name, body) => {
  const answer = await world().send("POST", path, body);
  expect([answer.status, (await refusal(answer)).code]).toEqual([422, "HF207"]);
});
