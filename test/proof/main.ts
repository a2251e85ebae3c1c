/**
 * `npm run proof -- [--minutes N] [--suite P3] [--seed N] [--count N] [--first]`: goes on with the proof for as long as is wanted.
 *
 * Without a time each suite does what CI does. With one, it goes on from a seed that nobody has tried, and is told: a case
 * that fails comes again with `--suite P3 --seed N`, which also makes it as small as it gets and prints its trace.
 * `--place machine|cloud` and `--task name` choose schedules of P3; `--first` stops at the first case that fails.
 */
import { parseArgs } from "node:util";
import { schedules, schedulesOf } from "./schedules.ts";
import type { Common } from "./simulator/schedule.ts";
import { type Campaign, campaign, type Suite, told } from "./suite.ts";
import { suites } from "./suites.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    suite: { type: "string" },
    seed: { type: "string" },
    count: { type: "string" },
    first: { type: "boolean" },
    place: { type: "string" },
    task: { type: "string" },
  },
});

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`--${name} is ${text}: give a number above 0.`);
}

const minutes = whole("minutes", values.minutes);
const seed = whole("seed", values.seed);
const count = whole("count", values.count);
function part(): Common {
  const { place, task } = values;
  if (place !== undefined && place !== "machine" && place !== "cloud")
    throw new Error(`--place is ${place}: give machine or cloud.`);
  return { ...(place === undefined ? {} : { place }), ...(task === undefined ? {} : { task }) };
}

const isPart = values.place !== undefined || values.task !== undefined;
const chosen = suites
  .filter(({ name }) => values.suite === undefined || name === values.suite)
  .map((suite) => (suite === schedules && isPart ? schedulesOf(part()) : suite));
if (chosen.length === 0)
  throw new Error(
    `There is no suite ${values.suite}: give one of ${suites.map(({ name }) => name).join(", ")}.`,
  );

async function explained(suite: Suite, { failures }: Campaign): Promise<void> {
  for (const { number, found } of failures) {
    console.log(`${suite.name} case ${number}: ${found.join("\n  ")}`);
    console.log(`  again: npm run proof -- --suite ${suite.name} --seed ${number}`);
  }
  const [first] = failures;
  if (seed !== undefined && first !== undefined) console.log(await suite.explain?.(first.number));
}

/** Tries a suite, and says how far it is every half minute. */
async function tried(suite: Suite, from: number, isOver: (tried: number) => boolean): Promise<boolean> {
  let saidAt = Date.now();
  const made = await campaign(suite, from, (number, failed) => {
    if (Date.now() - saidAt > 30_000) {
      saidAt = Date.now();
      console.log(`${suite.name}: at case ${from + number}, ${failed} failed`);
    }
    return failed >= (values.first ? 1 : 5) || isOver(number);
  });
  console.log(told(suite, made));
  await explained(suite, made);
  await suite.close?.();
  return made.failures.length === 0;
}

/** A seed that nobody has tried: the time. */
const fresh = (suite: Suite): number =>
  suite.size === undefined ? Math.floor(Date.now() / 1_000) * 1_000 : 1;

let isGood = true;
for (const suite of chosen) {
  const endsAt = Date.now() + ((minutes ?? 0) * 60_000) / chosen.length;
  const from = seed ?? (minutes === undefined ? suite.ci.from : fresh(suite));
  const most = count ?? (seed !== undefined && minutes === undefined ? 1 : suite.ci.count);
  const isOver = (number: number): boolean =>
    minutes === undefined ? number >= most : Date.now() >= endsAt || number >= (count ?? Infinity);
  console.log(`${suite.name}, from case ${from} on. ${suite.shows}`);
  isGood = (await tried(suite, from, isOver)) && isGood;
}
if (!isGood) process.exitCode = 1;
