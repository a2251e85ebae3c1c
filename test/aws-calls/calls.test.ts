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
import { type Played, type PlayOptions, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

/** A lease and a tick of the timer: what docs/aws.md promises; and a second of the caller's. */
const promisedMs = 91_000;

interface Way {
  /** What reads is either answered or not: whether it was applied makes no difference. */
  readonly isForWrites?: true;
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
  "applied, its reply lost": { isForWrites: true, effect: { kind: "cut", applied: true }, ...asDeployed },
  "applied, its process killed": {
    effect: { kind: "kill", applied: true },
    ...asDeployed,
    repeats: 1,
    lateMs: promisedMs,
  },
  "lost for good": { effect: { kind: "cut", applied: false }, ...once },
  "applied, its reply lost for good": { isForWrites: true, effect: { kind: "cut", applied: true }, ...once },
};

const waysOf = (call: string): string[] =>
  Object.keys(ways).filter((way) => ways[way]?.isForWrites !== true || !/ (Get|Query|Receive)/.test(call));

const seed = chosenSeed();
const isWhole = process.env.HOLDFAST_CALLS === "all";
/** So many boundaries of each scenario are struck, on the average, where not all are. */
const sample = 2;
const random = randomFrom(seed);
const clock = new PlayedClock();
const counts = { scenarios: 0, calls: 0, boundaries: 0, drawn: 0, struck: 0, worstMs: 0 };
let stage: Stage;

beforeAll(async () => {
  console.log(`HOLDFAST_SEED=${seed}`);
  stage = await openStage(dynamodb);
});
afterAll(() => stage?.close());

/** How often a play is begun anew that makes fewer calls than usual: where runs meet, some turns differ by a call. */
const mostPlays = 8;
/** A call that is tried again at once may cost so much where a queue's item changes meanwhile. */
const backOffMs = 200;

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
  for (let plays = 0; hit.name === "" && plays < mostPlays; plays++) {
    hit.count = 0;
    const { bad, tookMs, log } = await play(scenario, {
      stage,
      clock,
      random,
      tries,
      strike,
      clean,
      repeats,
    });
    const lateMs = tookMs - clean.tookMs;
    counts.worstMs = Math.max(counts.worstMs, lateMs);
    const lateMax = allowedMs === 0 ? (scenario.limits ? backOffMs : 0) : (scenario.lateMs ?? allowedMs);
    const problems = [...bad, ...(lateMs > lateMax ? [`the run ended ${lateMs} ms late`] : [])];
    if (problems.length > 0) {
      const lines = log.slice(-8).map((line) => line.slice(0, 300));
      return [`call ${at} (${hit.name}) ${way}: ${problems.join("; ")}`, ...lines];
    }
  }
  counts.struck += hit.name === "" ? 0 : 1;
  return [];
}

describe("every call struck once in each way", () => {
  test.each(scenarios)("$title", { timeout: 900_000 }, async (scenario) => {
    // The first play loads what is loaded when it is needed: it takes other turns than those behind it.
    await play(scenario, { stage, clock, random });
    const clean = await play(scenario, { stage, clock, random });
    expect(clean.bad, clean.log.join("\n")).toEqual([]);
    counts.scenarios += 1;
    counts.calls += clean.calls.length;
    const boundaries = clean.calls.flatMap((call, index) =>
      waysOf(call).map((way) => ({ at: index + 1, way })),
    );
    const share = isWhole ? 1 : sample / boundaries.length;
    const bad: string[] = [];
    counts.boundaries += boundaries.length;
    for (const { at, way } of boundaries) {
      if (random() >= share) continue;
      counts.drawn += 1;
      bad.push(...(await struck(scenario, clean, at, way)));
    }
    expect(bad).toEqual([]);
  });
});

test("all boundaries that were drawn were hit, and no call was refused", () => {
  const { scenarios: played, calls, boundaries, drawn, struck: hits, worstMs } = counts;
  console.log(
    `HOLDFAST_SEED=${seed}: ${played} scenarios, ${calls} calls, ${hits} of ${boundaries} boundaries struck, at most ${worstMs} ms late`,
  );
  expect(hits).toBeGreaterThanOrEqual(Math.floor(drawn * 0.95));
  if (isWhole) expect(drawn).toBe(boundaries);
  expect(linesOf(stage.proxy.refusals)).toEqual([]);
  expect(stage.proxy.problems).toEqual([]);
});
