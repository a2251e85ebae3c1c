/** The route that frees idempotency keys, and the SDK's way there. */
import { expect, test, vi } from "vitest";
import { configure, idempotencyKeys, NotFoundError } from "../../sdk/index.ts";
import { clientOf } from "../sdk/client-of.ts";
import { key, refusal, type World, world } from "./world.ts";

const start = async (w: World, idempotencyKey: unknown): Promise<string> => {
  const answer = await w.send("POST", "/api/v1/tasks/order/trigger", { options: { idempotencyKey } });
  return ((await answer.json()) as { id: string }).id;
};
const reset = (w: World, text: string, body: unknown = { taskIdentifier: "order" }): Promise<Response> =>
  w.send("POST", `/api/v1/idempotencyKeys/${encodeURIComponent(text)}/reset`, body);

test("a key that is reset gives a new run, and the reset gives the run that had it", async () => {
  const w = world();
  const first = await start(w, "a/b c");
  const answer = await reset(w, "a/b c");
  expect([answer.status, await answer.json()]).toEqual([200, { id: first }]);
  const second = await start(w, "a/b c");
  expect(second).not.toBe(first);
  expect(await start(w, "a/b c")).toBe(second);
});

test("a key that no run of the task has is 404, and a field that there is not 422", async () => {
  const w = world();
  await start(w, "k");
  const strange = await reset(w, "k", { taskIdentifier: "report" });
  expect([strange.status, (await refusal(strange)).code]).toEqual([404, "HF208"]);
  expect((await reset(w, "k", { taskIdentifier: "order", scope: "run" })).status).toBe(422);
});

test("the SDK frees a key in whatever form the trigger has kept it", async () => {
  const w = world();
  const { fetch } = clientOf(w);
  vi.stubGlobal("fetch", fetch);
  configure({ baseURL: "http://localhost:7474", accessToken: key });
  const made = await idempotencyKeys.create(["a", "b"]);
  for (const [used, ...given] of [
    ["k", "k", { scope: "global" }],
    [["x", "y"], ["x", "y"], { scope: "global" }],
    [made, made],
    [made, ["a", "b"], { scope: "global" }],
    ["run_1:k", "k", { parentRunId: "run_1" }],
  ] as const) {
    const first = await start(w, used);
    expect(await idempotencyKeys.reset("order", ...(given as unknown as [string]))).toEqual({ id: first });
    expect(await start(w, used)).not.toBe(first);
  }
  await expect(idempotencyKeys.reset("order", "none", { scope: "global" })).rejects.toThrow(NotFoundError);
  await expect(idempotencyKeys.reset("order", "k")).rejects.toThrow("HF510");
  await expect(
    idempotencyKeys.reset("order", "k", { scope: "attempt", parentRunId: "run_1" }),
  ).rejects.toThrow("HF510");
  vi.unstubAllGlobals();
});
