/** Design §5.6: the clock of the author's code between two records, in loops that wait for time to pass. */
import { describe, expect, test } from "vitest";
import { type Clocked, type ClockMove, passMillisecond, runClock } from "../../engine/run-clock.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

/** A run for its clock alone; `real` is the time around it. */
function clocked(recorded: readonly ClockMove[] = []): {
  readonly run: { now: number; cursor: number; replaying: boolean } & Clocked;
  readonly noted: ClockMove[];
  real: number;
} {
  const noted: ClockMove[] = [];
  const made = {
    noted,
    real: 1_000_000,
    run: {
      now: 1_000,
      cursor: 1,
      replaying: false,
      journal: {
        clockMove: (after: number, reads: number) =>
          recorded.find((move) => move.after === after && move.reads === reads)?.by,
      },
      context: {
        ports: { clock: { now: () => made.real } },
        writer: { noteMove: (move: ClockMove) => void noted.push(move) },
      },
    },
  };
  return made;
}

describe("the clock", () => {
  test("stands at the latest record and never goes back", () => {
    const { run } = clocked();
    const clock = runClock(run);
    expect([clock(), clock()]).toEqual([1_000, 1_000]);
    run.now = 500;
    expect(clock()).toBe(1_000);
    run.now = 2_000;
    expect(clock()).toBe(2_000);
  });

  test("moves on by a millisecond in 64 reads, so that busy loops end where time stands still, too", () => {
    const clock = runClock(clocked().run);
    const begin = clock();
    let reads = 0;
    while (clock() < begin + 10) reads++;
    expect(reads).toBeLessThan(64 * 11);
    passMillisecond(clock);
    expect(clock()).toBe(begin + 11);
  });

  test("follows the real time where it is read again and again, a tenth of a second behind at most", () => {
    const world = clocked();
    const clock = runClock(world.run);
    const begin = clock();
    const lag: number[] = [];
    for (let turn = 0; turn < 1_000; turn++) {
      world.real += 3;
      lag.push(world.real - 1_000_000 - (clock() - begin));
    }
    expect(Math.max(...lag)).toBeLessThan(100 + 16 * 3);
    expect(world.noted.length).toBeGreaterThan(10);
  });

  test("does not depend on the real time in code that reads it a few times", () => {
    const world = clocked();
    const clock = runClock(world.run);
    for (let record = 1; record <= 50; record++) {
      world.run.cursor = record;
      for (let read = 0; read < 15; read++) {
        expect(clock()).toBeLessThan(1_000 + 50);
        world.real += 10_000;
      }
    }
    expect(world.noted).toEqual([]);
  });

  test("reads the same again from what was noted, however long the code takes then, and notes nothing", () => {
    const first = clocked();
    const readings = (of: ReturnType<typeof clocked>, perRead: number): number[] => {
      const clock = runClock(of.run);
      return Array.from({ length: 500 }, () => {
        of.real += perRead;
        return clock();
      });
    };
    const before = readings(first, 7);
    const again = clocked(first.noted);
    again.run.replaying = true;
    expect(readings(again, 0)).toEqual(before);
    const slow = clocked(first.noted);
    slow.run.replaying = true;
    expect(readings(slow, 1_000)).toEqual(before);
    expect([...again.noted, ...slow.noted]).toEqual([]);
  });
});

/** A second's work of 20 ms a turn, then an effect that tells how many turns there were. */
const source = `task({ id: "t", run: async () => {
  const end = Date.now() + 1_000;
  let turns = 0;
  while (Date.now() < end) { lib.work(); turns++; }
  const told = await lib.effect(turns);
  const left = Date.now() + 500;
  let more = 0;
  while (Date.now() < left) { lib.work(); more++; }
  return { turns, told, more: more > 0 };
} });`;

const outside = (world: () => World, told: number[] = []) => ({
  work: () => world().clock.spend(20),
  effect: async (turns: number) => {
    told.push(turns);
    return turns;
  },
});

describe("a loop without an await that works until a time has come", () => {
  test("takes the time that it takes in plain JavaScript", async () => {
    const made = bench(
      source,
      outside(() => made.world),
    );
    const begun = made.world.clock.now();
    const run = await made.run("t");
    expect(run.status).toBe("COMPLETED");
    const { turns, more } = (await made.output(run)) as { turns: number; more: boolean };
    // 50 turns and 25 where the clock is exact.
    expect(turns).toBeGreaterThanOrEqual(50);
    expect(turns).toBeLessThanOrEqual(64);
    expect(more).toBe(true);
    expect(made.world.clock.now() - begun).toBeLessThan(2_500);
  });

  test("has the same turns in every pass: what it has told is what it gives, wherever the process dies", async () => {
    const bad: string[] = [];
    let runs = 0;
    for (let at = 1, calls = at; calls >= at; at++) {
      for (const strike of ["before", "after"] as const) {
        calls = 0;
        const told: number[] = [];
        const made = bench(
          source,
          outside(() => made.world, told),
          {
            strike: () => (++calls === at ? strike : undefined),
          },
        );
        const run = await made.run("t");
        const output = (await made.output(run)) as { turns: number; told: number; more: boolean };
        runs++;
        // What was told last is what was recorded.
        if (output.turns !== output.told || output.told !== told.at(-1))
          bad.push(`${strike} ${at}: ${JSON.stringify({ output, told })}`);
      }
    }
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(6);
  });

  test("costs one write more where nothing follows it, none where something does", async () => {
    const writes = async (text: string): Promise<number> => {
      const made = bench(
        text,
        outside(() => made.world),
      );
      await made.run("t");
      return made.world.counts.get("append") ?? 0;
    };
    const loop = "const end = Date.now() + 500; while (Date.now() < end) lib.work();";
    const plain = await writes(`task({ id: "t", run: async () => { await lib.effect(1); } });`);
    expect(await writes(`task({ id: "t", run: async () => { ${loop} await lib.effect(1); } });`)).toBe(plain);
    expect(await writes(`task({ id: "t", run: async () => { await lib.effect(1); ${loop} } });`)).toBe(
      plain + 1,
    );
  });

  test("goes on in the next attempt from where that one began", async () => {
    const made = bench(
      `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 60_000, randomize: false }, run: async (_: unknown, { ctx }) => {
         const end = Date.now() + 1_000;
         let turns = 0;
         while (Date.now() < end) { lib.work(); turns++; }
         if (ctx.attempt.number === 1) throw new Error("once");
         return turns;
       } });`,
      outside(() => made.world),
    );
    const turns = await made.output(await made.run("t"));
    expect(turns).toBeGreaterThanOrEqual(40);
    expect(turns).toBeLessThanOrEqual(80);
  });

  test("crashed at each call of the store it ends as it does without a crash", async () => {
    const { runs, bad } = await everyCrash(
      `task({ id: "t", run: async () => { const end = Date.now() + 300; while (Date.now() < end) lib.work(); return await lib.effect(3); } });`,
      (world) => outside(world),
      "t",
      undefined,
      3,
    );
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(3);
  });
});
