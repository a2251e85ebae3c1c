/**
 * Every call to AWS that a run makes, struck once in each way: all runs come to the right end, and no recorded effect is
 * made again.
 *
 * A sample, drawn from `HOLDFAST_SEED`; `HOLDFAST_CALLS=all` strikes every call.
 */
import { afterAll, beforeAll, expect } from "vitest";
import type { Effect } from "../aws/faults.ts";
import { describe, dynamodb, test } from "../aws/on-java.ts";
import { linesOf } from "../aws/records.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { PlayedClock } from "./clock.ts";
import { type Played, type PlayOptions, play, type Scenario } from "./play.ts";
import { scenarios } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

/** A lease and a tick of the timer: what docs/aws.md promises; and a second of the caller's. */
const promisedMs = 91_000;

interface Way {
  readonly effect: Effect;
  readonly tries: PlayOptions["tries"];
  /** How often an effect may be made again. */
  readonly repeats: number;
  /** How late the run may end. What the SDK's second try makes good, nobody notices. */
  readonly lateMs: number;
}

const asDeployed = { tries: "as deployed", repeats: 0, lateMs: 0 } as const;
const once = { tries: "once", repeats: 1, lateMs: promisedMs } as const;

const ways: Readonly<Record<string, Way>> = {
  "lost before it was applied": { effect: { kind: "cut", applied: false }, ...asDeployed },
  "applied, its reply lost": { effect: { kind: "cut", applied: true }, ...asDeployed },
  "applied, its process killed": {
    effect: { kind: "kill", applied: true },
    ...asDeployed,
    repeats: 1,
    lateMs: promisedMs,
  },
  "lost for good": { effect: { kind: "cut", applied: false }, ...once },
  "applied, its reply lost for good": { effect: { kind: "cut", applied: true }, ...once },
};

const seed = chosenSeed();
const isWhole = process.env.HOLDFAST_CALLS === "all";
const share = isWhole ? 1 : 0.08;
const random = randomFrom(seed);
const clock = new PlayedClock();
const counts = { scenarios: 0, calls: 0, boundaries: 0, struck: 0, worstMs: 0 };
let stage: Stage;

beforeAll(async () => {
  console.log(`HOLDFAST_SEED=${seed}`);
  stage = await openStage(dynamodb);
});
afterAll(() => stage?.close());

/** Strikes call number `at` of a play; gives what went wrong. */
async function struck(scenario: Scenario, clean: Played, at: number, way: string): Promise<string[]> {
  const { effect, tries, repeats, lateMs: allowedMs } = ways[way] as Way;
  const hit = { count: 0, name: "" };
  const strike: PlayOptions["strike"] = ({ caller, name }) => {
    hit.count += 1;
    if (hit.count !== at) return undefined;
    hit.name = `${caller} ${name}`;
    return effect;
  };
  const options = { stage, clock, random, tries, strike, clean: clean.effects, repeats };
  const { bad, tookMs, log } = await play(scenario, options);
  const lateMs = tookMs - clean.tookMs;
  counts.worstMs = Math.max(counts.worstMs, lateMs);
  if (hit.name !== "") counts.struck += 1;
  const problems = [
    ...bad,
    ...(hit.name === "" ? ["it was not made"] : []),
    ...(lateMs > allowedMs ? [`the run ended ${lateMs} ms late`] : []),
  ];
  return problems.map(
    (problem) => `call ${at} (${hit.name}) ${way}: ${problem}\n${log.slice(-6).join("\n")}`,
  );
}

describe("every call struck once in each way", () => {
  test.each(scenarios)("$title", { timeout: 300_000 }, async (scenario) => {
    // The first play of all loads what is loaded when it is needed.
    await play(scenario, { stage, clock, random });
    const clean = await play(scenario, { stage, clock, random });
    expect(clean.bad, clean.log.join("\n")).toEqual([]);
    counts.scenarios += 1;
    counts.calls += clean.calls;
    const bad: string[] = [];
    for (let at = 1; at <= clean.calls; at++) {
      for (const way of Object.keys(ways)) {
        if (random() >= share) continue;
        counts.boundaries += 1;
        bad.push(...(await struck(scenario, clean, at, way)));
      }
    }
    expect(bad).toEqual([]);
  });
});

test("all boundaries that were drawn were hit, and no call was refused", () => {
  const { scenarios: played, calls, boundaries, struck: hits, worstMs } = counts;
  console.log(
    `HOLDFAST_SEED=${seed}: ${played} scenarios, ${calls} calls, ${hits} of ${calls * Object.keys(ways).length} boundaries struck, at most ${worstMs} ms late`,
  );
  expect(hits).toBe(boundaries);
  if (isWhole) expect(boundaries).toBe(calls * Object.keys(ways).length);
  expect(linesOf(stage.proxy.refusals)).toEqual([]);
  expect(stage.proxy.problems).toEqual([]);
});
