/**
 * What AWS may do to a stack for longer than one call, and to its processes, on the same played processes as
 * `calls.test.ts`. Times are those of the played clock.
 */
import { afterAll, beforeAll, expect } from "vitest";
import type { Fault } from "../aws/faults.ts";
import { describe, dynamodb, test } from "../aws/on-java.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { PlayedClock } from "./clock.ts";
import { type Played, type PlayOptions, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

const seed = chosenSeed();
const random = randomFrom(seed);
const clock = new PlayedClock();
const minuteMs = 60_000;
let stage: Stage;

beforeAll(async () => {
  console.log(`HOLDFAST_SEED=${seed}`);
  stage = await openStage(dynamodb);
});
afterAll(() => stage?.close());

/** Plays a scenario that is to come to its right end. */
async function lives(scenario: Scenario, options: Partial<PlayOptions> = {}): Promise<Played> {
  const played = await play(scenario, { stage, clock, random, ...options });
  expect(played.bad, played.log.slice(-20).join("\n")).toEqual([]);
  return played;
}

const named = (title: string): Scenario => {
  const found = scenarios.find((each) => each.title === title);
  if (found === undefined) throw new Error(`No scenario is called "${title}".`);
  return found;
};

/** `fault` until so much time has passed since its first call. */
function forAWhile(ms: number, fault: Fault): Fault {
  let since: number | undefined;
  return (call) => {
    const effect = fault(call);
    if (effect === undefined) return undefined;
    since ??= clock.now();
    return clock.now() < since + ms ? effect : undefined;
  };
}

const timesOf = (played: Played, name: string): number =>
  played.effects.filter((effect) => effect.name === name).length;

describe("a service that is away", () => {
  test("SQS for ten minutes: a run that was started meanwhile is done within a tick of its return", async () => {
    const away = forAWhile(10 * minuteMs, ({ service }) =>
      service === "sqs" ? { kind: "fail", applied: false } : undefined,
    );
    const { tookMs } = await lives(named("a wait of two seconds"), { strike: away });
    expect(tookMs).toBeGreaterThan(10 * minuteMs);
    expect(tookMs).toBeLessThan(11 * minuteMs + 3_000);
  });

  test("DynamoDB for three minutes in the middle of a run: no effect that was recorded is made again", async () => {
    const clean = await lives(named("awaits in a row"));
    let count = 0;
    const away = forAWhile(3 * minuteMs, ({ service }) =>
      service === "dynamodb" && ++count > 3 ? { kind: "throttle" } : undefined,
    );
    const options = { strike: away, clean, repeats: 1 };
    const { tookMs } = await lives(named("awaits in a row"), options);
    expect(tookMs).toBeGreaterThanOrEqual(3 * minuteMs);
    expect(tookMs).toBeLessThan(5 * minuteMs);
  });

  test("Secrets Manager for half a minute: callers are told to come again, and the run is started once", async () => {
    const away = forAWhile(minuteMs / 2, ({ service }) =>
      service === "secretsmanager" ? { kind: "fail", applied: false } : undefined,
    );
    const played = await lives(named("a signed webhook"), { strike: away });
    expect(timesOf(played, "a")).toBe(1);
  });

  test("every third write of 200 awaits at once is throttled, as a hot partition is, and each counts once", async () => {
    const wide: Scenario = {
      title: "wide",
      run: "const all = await Promise.all(Array.from({ length: 200 }, (_, n) => lib.effect('item' + n))); return all.length;",
      output: 200,
    };
    const clean = await lives(wide);
    let count = 0;
    const hot: Fault = ({ name }) =>
      name === "PutItem" && ++count % 3 === 0 ? { kind: "throttle" } : undefined;
    await lives(wide, { strike: hot, clean });
    expect(count).toBeGreaterThan(250);
  });
});

describe("rings and ticks", () => {
  test("rings that come again while their run is worked on, and after its end, leave it alone", async () => {
    const long = "return [of(await lib.effect('long', 20000)), of(await lib.effect('b'))];";
    const scenario: Scenario = { title: "long", run: long, output: ["long", "b"] };
    const clean = await lives(scenario);
    await lives({ ...scenario, world: { triplesRings: true } }, { clean });
    const child = named("a child that is waited for");
    const alone = await lives(child);
    await lives({ ...child, world: { triplesRings: true } }, { clean: alone });
  });

  test("ticks that come twice or not at all change when, not what", async () => {
    const scenario = named("rings that are all lost but the timer's");
    const clean = await lives(scenario);
    const { tookMs } = await lives({ ...scenario, world: { unsteadyTicks: true } }, { clean });
    expect(tookMs).toBeLessThanOrEqual(clean.tookMs + 3 * minuteMs);
  });
});

describe("a process", () => {
  test("whose run lets a promise reject while nobody looks goes on; the run fails", async () => {
    const run =
      "const late = lib.broken('late'); await Promise.all([lib.effect('a'), lib.effect('b', 2000)]); await late; return 'never';";
    await lives({ title: "late", task: "retry: { maxAttempts: 1 },", run, status: "FAILED", letters: 1 });
    const floating = "lib.broken('floats'); await lib.effect('a', 2000); return 'never';";
    await lives({ title: "floats", task: "retry: { maxAttempts: 1 },", run: floating, status: "FAILED" });
  });

  test.each(["awaits in a row", "a wait of two seconds", "a child that is waited for"])(
    "frozen before each of its calls and thawed when its lease is long over, does nothing that counts: %s",
    async (title) => {
      const scenario = named(title);
      const clean = await lives(scenario);
      for (let at = 1, made = 1; at <= made; at++) {
        let count = 0;
        const freezesFor = () => (++count === at ? 100_000 : undefined);
        await lives(scenario, { freezesFor, clean, repeats: 1 });
        if (at === 1) made = count;
      }
    },
  );

  test("whose await does not end is cut off before the function's limit; the await is made again with its key", async () => {
    const run = "const a = of(await lib.effect('a')); return [a, of(await lib.stuck('hangs'))];";
    const scenario: Scenario = { title: "stuck", run, output: ["a", "hangs"] };
    const played = await lives(scenario, { repeats: 1 });
    const keys = played.effects.filter(({ name }) => name === "hangs").map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(timesOf(played, "a")).toBe(1);
    expect(played.tookMs).toBeLessThan(15 * minuteMs);
  });

  test("that a run ends each time, as one does that exhausts memory: the third death in a row is CRASHED, with a letter, behind its onFailure", async () => {
    const run = "await lib.effect('a'); await lib.deadly('bursts'); return 'never';";
    const task = `onFailure: async ({ error }) => { await lib.effect("told-" + error.code); },`;
    const played = await lives({ title: "deadly", task, run, status: "CRASHED", letters: 1 }, { repeats: 2 });
    expect(timesOf(played, "told-HF307")).toBe(1);
    expect(timesOf(played, "a")).toBe(1);
    expect(timesOf(played, "bursts")).toBe(3);
  });

  test("with a clock that is 5 s from the others' makes no effect that another has made", async () => {
    for (const title of [
      "a wait of two seconds",
      "a child that is waited for",
      "a call that fails twice, with back-off",
    ]) {
      const scenario = named(title);
      const clean = await lives(scenario);
      await lives({ ...scenario, world: { skewMs: 2_500, triplesRings: true } }, { clean });
    }
  });
});
