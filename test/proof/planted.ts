/**
 * P12: bugs that are planted on purpose. Each takes out one guard of a compiled copy of Holdfast, in a process of its own,
 * and the smallest share of a suite that must notice is run there. The case that noticed is tried here, too, without the bug.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../world/place.ts";
import type { Bug } from "./planted/bug.ts";
import { bugs } from "./planted/bugs.ts";
import { programs } from "./programs.ts";
import { lostRings, schedulesOf } from "./schedules.ts";
import { stores } from "./stores.ts";
import type { Outcome, Suite } from "./suite.ts";

const run = promisify(execFile);
const compiled = join(root, "dist", "test", "proof");
const longestMs = 850_000;

/** What a process of its own, with the bug, says of its share of a suite. */
async function said({ file, from, to, suite, place, task, cases }: Bug): Promise<string> {
  const args = ["--import", join(compiled, "planted", "plant.js"), join(compiled, "main.js")];
  args.push("--suite", suite, "--first", "--count", String(cases));
  if (place !== undefined) args.push("--place", place);
  if (task !== undefined) args.push("--task", task);
  const env = { ...process.env, HOLDFAST_PLANTED: JSON.stringify({ file, from, to }) };
  try {
    return (await run(process.execPath, args, { env, timeout: longestMs })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return `${stdout}\n${stderr}`;
  }
}

/** The suite that must notice. */
function suiteFor({ suite, place, task }: Bug): Suite {
  const part = { ...(place === undefined ? {} : { place }), ...(task === undefined ? {} : { task }) };
  const found = [schedulesOf(part), lostRings, programs, stores].find(({ name }) => name === suite);
  if (found === undefined) throw new Error(`There is no suite ${suite}.`);
  return found;
}

let last: Promise<unknown> = Promise.resolve();

/** What a case finds without the bug. A simulator has its process for itself: one case at a time. */
function foundWithout(bug: Bug, number: number): Promise<readonly string[]> {
  const outcome = last.then(async () => (await suiteFor(bug).attempt(number)).found);
  last = outcome.catch(() => undefined);
  return outcome;
}

const foundIn = (text: string, { suite }: Bug) => new RegExp(`^${suite} case (\\d+): (.*)$`, "m").exec(text);

async function attempt(number: number): Promise<Outcome> {
  const bug = bugs[number - 1];
  if (bug === undefined) throw new Error(`There is no planted bug ${number}.`);
  const text = await said(bug);
  // An error on the way is no catch: the suite has to have found it.
  const caught = foundIn(text, bug);
  if (caught === null)
    return { found: [`not caught: ${bug.guard}. ${text.slice(-600)}`], counters: { caught: 0 } };
  const cases = Number(caught[1]);
  const without = await foundWithout(bug, cases);
  if (without.length > 0)
    return {
      found: [`found without the bug, too: ${bug.guard}. ${without.join(" ").slice(0, 600)}`],
      counters: { caught: 0 },
    };
  return { found: [], counters: { caught: 1, "cases until they were caught": cases } };
}

export const planted: Suite = {
  name: "P12",
  shows: "Each guard that is taken out is missed by the suites.",
  ci: { from: 1, count: bugs.length },
  size: bugs.length,
  attempt,
};
