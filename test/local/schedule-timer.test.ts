/** When schedules are kept on one machine. */
import { describe, expect, test } from "vitest";
import { scheduleTimer } from "../../local/schedule-timer.ts";
import { virtualClock } from "./virtual-clock.ts";

/** A timer over something with a time every `every` ms, and when it was kept. */
function timerOver({ every = 60_000, fails = () => false }: { every?: number; fails?: () => boolean } = {}) {
  const clock = virtualClock();
  const start = clock.now();
  const kept: number[] = [];
  const errors: unknown[] = [];
  const timer = scheduleTimer({
    clock,
    async keep() {
      if (fails()) throw new Error("The store is gone.");
      kept.push(clock.now() - start);
      return start + every * (Math.floor((clock.now() - start) / every) + 1);
    },
    onError: (error) => errors.push(error),
  });
  return { clock, kept, errors, timer };
}

describe("the timer of schedules", () => {
  test("keeps them when it is told to, and then at their times, to the millisecond", async () => {
    const { clock, kept, timer } = timerOver({ every: 90_500 });
    await timer.look();
    await clock.pass(300_000);
    expect(kept).toEqual([0, 90_500, 181_000, 271_500]);
    await timer.look();
    expect(kept.at(-1)).toBe(300_000);
  });

  test("goes on a second after a failure", async () => {
    let broken = true;
    const { clock, kept, errors, timer } = timerOver({ fails: () => broken });
    await timer.look();
    await clock.pass(2_500);
    expect([kept, errors.length]).toEqual([[], 3]);
    broken = false;
    await clock.pass(60_000);
    expect(kept).toEqual([3_000, 60_000]);
  });

  test("does nothing more once it is stopped", async () => {
    const { clock, kept, timer } = timerOver();
    await timer.look();
    await timer.stop();
    await clock.pass(300_000);
    await timer.look();
    expect(kept).toEqual([0]);
  });
});
