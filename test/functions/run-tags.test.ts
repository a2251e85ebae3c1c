/** Tags that a run gets from outside. */
import { expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { addOwnTags } from "../../engine/run-tags.ts";
import { end, get, refusal, trigger, world } from "./world.ts";

const add = (w: ReturnType<typeof world>, id: string, tags: unknown) =>
  w.send("POST", `/api/v1/runs/${id}/tags`, { tags });

test("are there in lists at once, and a tag that the run has is nothing new", async () => {
  const w = world();
  const id = await trigger(w, { options: { tags: ["a"] } });
  await trigger(w);
  expect(await (await add(w, id, ["b", "a", "b"])).json()).toEqual({
    message: "Successfully set 1 new tags.",
  });
  expect(await (await add(w, id, "b")).json()).toEqual({ message: "No new tags to add" });
  const { data } = await get(w, "/api/v1/runs?tag=b");
  expect(data).toMatchObject([{ id, tags: ["a", "b"] }]);
});

test("are added to a run that has ended, too, and change nothing else of it but when it was changed", async () => {
  const w = world();
  const id = await trigger(w);
  await end(w, id, "failed", { error: { name: "E", message: "no" } });
  const before = await w.ports.store.read(id);
  expect((await add(w, id, "seen")).status).toBe(200);
  const after = await w.ports.store.read(id);
  const changes = { tags: ["seen"], tagEdits: 1, firstTags: [], updatedAt: after?.updatedAt };
  expect(after).toEqual({ ...before, ...changes });
});

test("are 10 in all: with more none is added", async () => {
  const w = world();
  const id = await trigger(w, { options: { tags: ["1", "2", "3", "4", "5", "6", "7", "8", "9"] } });
  const { status, code, error } = await refusal(await add(w, id, ["a", "b"]));
  expect([status, code, error]).toEqual([422, "HF510", `Run ${id} would have 11 tags.`]);
  expect((await w.ports.store.read(id))?.tags).toHaveLength(9);
  for (const tags of [[], 7, "", ["x".repeat(129)], null, Array.from({ length: 11 }, String)]) {
    const answer = await add(w, id, tags);
    expect([tags, answer.status]).toEqual([tags, Array.isArray(tags) && tags.length === 0 ? 200 : 422]);
  }
  expect((await refusal(await add(w, "run_none", "a"))).code).toBe("HF208");
});

test("none is lost where many add at once, from outside and from the run itself", async () => {
  const w = world();
  const id = await trigger(w, { options: { tags: ["first"] } });
  const { run } = await w.ports.store.write(id, claim("p1", w.ports.clock.now() + 1_000));
  if (run === undefined) throw new Error("no run");
  const lease = { runId: id, owner: "p1", epoch: run.epoch };
  const own = addOwnTags(w.ports.store, run, w.ports.clock.now(), ["own"], lease);
  const answers = await Promise.all(["a", "b", "c", "d", "e", "f", "g"].map((tag) => add(w, id, tag)));
  await own;
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const head = await w.ports.store.read(id);
  expect(new Set(head?.tags)).toEqual(new Set(["first", "own", "a", "b", "c", "d", "e", "f", "g"]));
  expect(head?.firstTags).toEqual(["first"]);
});

test("of a run that nobody has begun are among those that it sees", async () => {
  const w = world();
  const id = await trigger(w);
  await add(w, id, "early");
  expect(await w.ports.store.read(id)).toMatchObject({ tags: ["early"], tagEdits: 1 });
  expect((await w.ports.store.read(id))?.firstTags).toBeUndefined();
});
