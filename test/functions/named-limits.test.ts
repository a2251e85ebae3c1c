/** Limits that a trigger names, in place of those that its task shares: by the API. */
import { beforeEach, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { refusal, type World, world } from "./world.ts";

const tasks = [
  { id: "order", retry: {} },
  { id: "report", retry: {} },
];
let w: World;
beforeEach(async () => {
  const code = { version: () => "20260101.2", tasks: () => tasks, limits: () => ["gpu", "openai"] };
  w = world({ code });
  for (const name of ["gpu", "openai"]) await w.ports.store.limit(name, { total: 1 }, 0);
});

const send = (options: object) => w.send("POST", "/api/v1/tasks/order/trigger", { options });
const take = (id: string) => w.ports.store.write(id, claim("a pass", Date.now()));

test.each([
  ["a name", "gpu", ["gpu"]],
  ["a list", ["openai", "gpu"], ["openai", "gpu"]],
  ["a list with one twice", ["gpu", "gpu"], ["gpu"]],
  ["an empty list", [], []],
])("%s of limits is kept with the run, and shown", async (_, concurrency, kept) => {
  const { id } = (await (await send({ concurrency })).json()) as { id: string };
  const shown = await (await w.send("GET", `/api/v3/runs/${id}`)).json();
  expect(shown).toMatchObject({ concurrency: kept });
});

test("its runs hold it, those of a batch too, and who waits for its slot says so", async () => {
  const { id: first } = (await (await send({ concurrency: ["openai", "gpu"] })).json()) as { id: string };
  const items = ["order", "report"].map((task) => ({ task, options: { concurrency: "gpu" } }));
  const batch = await (await w.send("POST", "/api/v2/tasks/batch", { items })).json();
  const [second = "", third = ""] = (batch as { runs: { id: string }[] }).runs.map(({ id }) => id);
  expect((await take(first)).applied).toBe(true);
  for (const id of [second, third]) expect((await take(id)).applied).toBe(false);
  const shown = async (path: string) => (await w.send("GET", path)).json();
  expect(await shown(`/api/v3/runs/${first}`)).toMatchObject({ queue: "openai", limits: ["gpu"] });
  expect(await shown(`/api/v3/runs/${third}`)).toMatchObject({
    waitingSlot: { queue: "gpu", turn: "parked" },
  });
  expect(await shown("/api/v1/concurrency-limits/gpu")).toMatchObject({ running: 1, queued: 2 });
  expect(await shown("/api/v1/concurrency-limits/openai")).toMatchObject({ running: 1, queued: 0 });
});

test("one that the code does not declare is 422, names those that there are, and starts nothing: a batch neither", async () => {
  const unknown = { concurrency: ["gpu", "opena"] };
  const said = { status: 422, code: "HF510" };
  const answer = await refusal(await send(unknown));
  expect(answer).toMatchObject(said);
  expect(answer.error).toBe('The trigger option concurrency is "opena".');
  expect(answer.fix).toContain('"gpu", "openai"');
  const items = [{ task: "order" }, { task: "report", options: unknown }];
  expect(await refusal(await w.send("POST", "/api/v2/tasks/batch", { items }))).toMatchObject(said);
  expect(await w.runs()).toEqual([]);
});

test("three, or what is no name, is 422", async () => {
  for (const concurrency of [["gpu", "openai", "gpu"], "", [""], [7], { name: "gpu" }])
    expect(await refusal(await send({ concurrency }))).toMatchObject({ status: 422, code: "HF207" });
  expect(await w.runs()).toEqual([]);
});

test("where only a pass knows the code, the API takes any name", async () => {
  w = world();
  expect((await send({ concurrency: "opena" })).status).toBe(200);
});

test("a replay is under the limits that its run was triggered with", async () => {
  const { id } = (await (await send({ concurrency: "gpu" })).json()) as { id: string };
  const { id: again } = (await (await w.send("POST", `/api/v1/runs/${id}/replay`)).json()) as { id: string };
  expect(await w.ports.store.read(again)).toMatchObject({ replayOf: id, concurrency: ["gpu"] });
});
