/** What `runs.list` is asked for: in Trigger.dev's forms, and nothing left out. */
import { beforeEach, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
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

test.each(["machine", "region", "bulkAction", "before"])(
  "the filter %s is refused by its name: a list does not show more than was asked for",
  async (name) => {
    const list = async () => runs.list({ [name]: "x" } as object);
    await expect(list()).rejects.toThrow(`HF506 The filter "${name}" of a list of runs is not supported.`);
  },
);
