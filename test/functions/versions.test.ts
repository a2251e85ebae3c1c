/** The versions of the code, and the runs that keep them. */
import { expect, test } from "vitest";
import { end, get, trigger, type World, world } from "./world.ts";

const current = "20260101.2";
const older = "20251231.1";
const kept = () => new Map([[older, ["order"]]]);
const some = (count: number, isMore = false) => ({ count, isMore });

test("versions are listed, the current one first, with the open runs and dead letters on each", async () => {
  const w = world({ kept });
  await trigger(w);
  const failed = await trigger(w, { options: { version: older } });
  await end(w, failed, "failed", { error: { name: "Error", message: "no" } });
  await end(w, await trigger(w), "completed");
  expect(await get(w, "/api/v1/versions")).toEqual({
    data: [
      expect.objectContaining({ version: current, isCurrent: true, openRuns: some(1), deadLetters: some(0) }),
      { version: older, isCurrent: false, tasks: ["order"], openRuns: some(0), deadLetters: some(1) },
    ],
    isComplete: true,
  });
});

test("more than 100 runs of a version are not counted, and it is said that there are more", async () => {
  const w = world({ kept });
  for (let count = 0; count < 101; count++) await trigger(w);
  expect(await get(w, "/api/v1/versions")).toMatchObject({ data: [{ openRuns: some(100, true) }, {}] });
});

test("where only the current version is known, it is said", async () => {
  const told = (await get(world(), "/api/v1/versions")) as { data: object[] };
  expect(told).toMatchObject({ data: [{ version: current }], isComplete: false });
  expect(told.data).toHaveLength(1);
});

const refused = async (w: World, version: string): Promise<unknown> => {
  const answer = await w.send("GET", `/api/v1/versions/${version}`);
  expect(answer.status).toBe(422);
  return answer.json();
};

test("the tasks of a version are told, listed or not; one that is not kept is refused", async () => {
  for (const unlisted of [undefined, true] as const) {
    const w = world({ kept, ...(unlisted && { unlisted }) });
    const told = (version: string) => get(w, `/api/v1/versions/${version}`);
    expect(await told(older)).toEqual({ version: older, isCurrent: false, tasks: ["order"] });
    expect(await told(current)).toMatchObject({ isCurrent: true, tasks: expect.arrayContaining(["order"]) });
    expect(await refused(w, "nowhere")).toMatchObject({
      code: "HF229",
      fix: expect.stringContaining(current),
    });
    expect((await get(w, "/api/v1/versions")) as object).toMatchObject({ isComplete: !unlisted });
  }
  expect(await refused(world(), older)).toMatchObject({ code: "HF229" });
});
