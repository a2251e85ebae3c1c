/** What `runs.list` is asked for: in Trigger.dev's forms, and nothing left out. */
import { beforeEach, expect, test } from "vitest";
import { type BulkPayload, bulkPage } from "../../engine/bulk.ts";
import { decode } from "../../engine/codec.ts";
import { claim } from "../../engine/head-write.ts";
import { textOf } from "../../engine/new-run.ts";
import { configure } from "../../sdk/config.ts";
import { runs } from "../../sdk/runs.ts";
import { tasks } from "../../sdk/tasks.ts";
import { aRun } from "../contract/runs.ts";
import { type World, world } from "../functions/world.ts";

let w: World;
beforeEach(() => {
  w = world();
  const request = ({ method, path, body }: { method: string; path: string; body?: string }) =>
    w.send(method, path, body === undefined ? undefined : JSON.parse(body));
  configure({ transport: { address: "here", request } });
});

test("queues are named as texts or by type and name, one or several", async () => {
  const ids: string[] = [];
  for (const queue of ["mails", "task/order", "mails-2"])
    ids.push((await tasks.trigger("order", 1, { queue })).id);
  for (const id of ids) await w.ports.store.write(id, claim("a pass", Date.now()));
  const [mails, own] = ids;
  const found = async (queue: NonNullable<Parameters<typeof runs.list>[0] & object>["queue"]) =>
    (await runs.list({ queue })).data.map(({ id }) => id).sort();
  expect(await found({ type: "custom", name: "mails" })).toEqual([mails]);
  expect(await found({ type: "task", name: "order" })).toEqual([own]);
  expect(await found(["mails", { type: "task", name: "order" }])).toEqual([mails, own].sort());
});

test("runs that are marked as tests are listed, or those that are not", async () => {
  const marked = aRun({ isTest: true });
  await w.ports.store.create(marked);
  const other = await tasks.trigger("order", 1);
  const found = async (isTest: boolean) => (await runs.list({ isTest })).data.map(({ id }) => id);
  expect(await found(true)).toEqual([marked.id]);
  expect(await found(false)).toEqual([other.id]);
  const answer = await w.send("GET", "/api/v1/runs?filter[isTest]=maybe");
  expect([answer.status, await answer.text()]).toEqual([
    422,
    expect.stringContaining("Must be true or false."),
  ]);
});

test("a project's ref in front says nothing: a server is of one project", async () => {
  const { id } = await tasks.trigger("order", 1, { tags: ["a"] });
  await tasks.trigger("order", 2);
  expect((await runs.list("proj_1", { tag: "a" })).data.map((run) => run.id)).toEqual([id]);
  expect((await runs.list("proj_1")).data).toHaveLength(2);
});

test("pages are turned back as Trigger.dev's are, in the same order", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    const run = aRun({ createdAt: 1_000 + n });
    await w.ports.store.create(run);
    ids.unshift(run.id);
  }
  const idsOf = ({ data }: { readonly data: readonly { readonly id: string }[] }) => data.map(({ id }) => id);
  const first = await runs.list({ limit: 2 });
  expect([idsOf(first), first.hasPreviousPage()]).toEqual([ids.slice(0, 2), false]);
  await expect(first.getPreviousPage()).rejects.toThrow("There is no previous page");
  const last = await (await first.getNextPage()).getNextPage();
  expect([idsOf(last), last.hasNextPage()]).toEqual([ids.slice(4), false]);
  const middle = await last.getPreviousPage();
  expect([idsOf(middle), middle.hasNextPage()]).toEqual([ids.slice(2, 4), true]);
  const again = await middle.getPreviousPage();
  expect([idsOf(again), again.hasPreviousPage()]).toEqual([ids.slice(0, 2), false]);
  expect(idsOf(await runs.list({ limit: 2, before: ids[4] ?? "" }))).toEqual(ids.slice(2, 4));
});

test("a machine finds the runs that are on it, by their trigger or by their task", async () => {
  const own = await tasks.trigger("order", 1, { machine: "large-1x" });
  const byTask = await tasks.trigger("report", 1);
  const usual = await tasks.trigger("order", 1);
  const found = async (machine: NonNullable<Parameters<typeof runs.list>[0] & object>["machine"]) =>
    (await runs.list({ machine })).data.map(({ id }) => id).sort();
  expect(await found("large-1x")).toEqual([own.id]);
  expect(await found("medium-1x")).toEqual([byTask.id]);
  expect(await found("small-1x")).toEqual([usual.id]);
  expect(await found(["large-1x", "medium-1x"])).toEqual([own.id, byTask.id].sort());
  const { id } = await runs.bulk.cancel({ filter: { machine: ["medium-1x"], isTest: false } });
  const action = await w.ports.store.read(id);
  if (action === undefined) throw new Error("There is no action.");
  const payload = decode(await textOf(w.ports, action.payload)) as BulkPayload;
  expect(await bulkPage(w.ports, action, payload, undefined)).toEqual({ success: 1, failure: 0 });
  expect((await runs.list({ bulkAction: id })).data.map((run) => run.id)).toEqual([byTask.id]);
});

test("the filter region is refused by its name: a list does not show more than was asked for", async () => {
  const list = async () => runs.list({ region: "x" } as object);
  await expect(list()).rejects.toThrow('HF506 The filter "region" of a list of runs is not supported.');
});
