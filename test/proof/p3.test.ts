/** P3, P4, P5, P7: the real engine on virtual time, with a plan of faults on everything around it. */
import { expect, test } from "vitest";
import { lostRings, schedules } from "./schedules.ts";
import { play } from "./simulator/play.ts";
import { scheduleOf } from "./simulator/schedule.ts";
import { inCi, told } from "./suite.ts";

test("10,000 random schedules of faults end with every run's result, and repeat no recorded effect", async () => {
  const made = await inCi(schedules);
  console.log(told(schedules, made));
  expect(made.failures).toEqual([]);
  expect(made.tried).toBeGreaterThanOrEqual(10_000);
  expect(made.counters["faults struck"]).toBeGreaterThan(50_000);
  expect(made.counters["effects made again after an interruption"]).toBeGreaterThan(3_000);
});

test("with every doorbell lost, no run waits longer than 1 second past its wake time, or 90 in AWS", async () => {
  const made = await inCi(lostRings);
  console.log(told(lostRings, made));
  expect(made.failures).toEqual([]);
  expect(made.counters["most milliseconds past a wake time"]).toBeGreaterThan(30_000);
});

test("the same seed gives the same trace", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const [first, second] = [await play(scheduleOf(seed)), await play(scheduleOf(seed))];
    expect(second.print).toBe(first.print);
    expect(second.trace).toEqual(first.trace);
  }
});
