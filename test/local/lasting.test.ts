import { expect, test } from "vitest";
import { lasting } from "../../local/lasting.ts";
import { virtualClock } from "./virtual-clock.ts";

function world() {
  const clock = virtualClock();
  const state = { told: 0 };
  const look = lasting(clock, 2_000, () => (state.told += 1));
  return { clock, state, look };
}

test("what is so at each look for the whole time is told once, and again behind as long", async () => {
  const { clock, state, look } = world();
  look.see(true);
  await clock.pass(1_999);
  look.see(true);
  expect(state.told).toBe(0);
  await clock.pass(1);
  expect(state.told).toBe(1);
  await clock.pass(1_999);
  expect(state.told).toBe(1);
  await clock.pass(1);
  expect(state.told).toBe(2);
});

test("what was not so in between begins anew, and what is over is not told", async () => {
  const { clock, state, look } = world();
  look.see(true);
  await clock.pass(1_500);
  look.see(false);
  look.see(true);
  await clock.pass(1_999);
  expect(state.told).toBe(0);
  look.see(false);
  await clock.pass(10_000);
  expect(state.told).toBe(0);
});

test("what is told may end it", async () => {
  const clock = virtualClock();
  let told = 0;
  const look = lasting(clock, 2_000, () => {
    told += 1;
    look.see(false);
  });
  look.see(true);
  await clock.pass(10_000);
  expect(told).toBe(1);
});
