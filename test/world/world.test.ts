/** The outside world counts right: what the demo and the examples claim rests on it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const charge = (key: string, card = "visa", signal?: AbortSignal) =>
  fetch(`${world.url.payment}/charges`, {
    method: "POST",
    headers: { "idempotency-key": key },
    body: JSON.stringify({ card }),
    ...(signal ? { signal } : {}),
  });

test("a key gets the same answer again, and each call is counted", async () => {
  const first = await (await charge("a")).json();
  expect(await (await charge("a")).json()).toEqual(first);
  expect(await (await charge("b")).json()).not.toEqual(first);
  expect(world.calls("payment").map(({ key }) => key)).toEqual(["a", "a", "b"]);
});
test("refusals and failures are answers of their own, and the next call succeeds", async () => {
  expect((await charge("c", "declined")).status).toBe(402);
  world.fail("payment", 1, 500);
  expect((await charge("d")).status).toBe(500);
  expect((await charge("d")).status).toBe(201);
  expect(
    world
      .calls("payment")
      .slice(-3)
      .map(({ outcome }) => outcome),
  ).toEqual(["refused", "failed", "answered"]);
});
test("a call that hangs is told of, and lost when its caller goes", async () => {
  const arrived = world.hang("payment");
  const caller = new AbortController();
  const calling = charge("e", "visa", caller.signal).catch(() => "gone");
  const call = await arrived;
  expect(call).toMatchObject({ key: "e", outcome: "waiting" });
  caller.abort();
  expect(await calling).toBe("gone");
  await expect.poll(() => call.outcome).toBe("lost");
});
