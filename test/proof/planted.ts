/**
 * P12: bugs that are planted on purpose. Each takes out one guard of a compiled copy of Holdfast, in a process of its own,
 * and the smallest share of a suite that must notice is run there.
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
const longestMs = 240_000;

/** What the process with the bug has said. */
async function said({ file, from, to, suite, cases, place, task }: Bug): Promise<string> {
  const args = ["--import", join(compiled, "planted", "plant.js"), join(compiled, "main.js")];
  const what = ["--suite", suite, "--count", String(cases), "--first"];
  if (place !== undefined) what.push("--place", place);
  if (task !== undefined) what.push("--task", task);
  const env = { ...process.env, HOLDFAST_PLANTED: JSON.stringify({ file, from, to }) };
  try {
    const { stdout } = await run(process.execPath, [...args, ...what], { env, timeout: longestMs });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return `${stdout}\n${stderr}`;
  }
}

/** The suite, or the part of it, that must notice. */
function shareOf({ suite, place, task }: Bug): Suite | undefined {
  const part = { ...(place === undefined ? {} : { place }), ...(task === undefined ? {} : { task }) };
  return [schedulesOf(part), lostRings, programs, stores].find(({ name }) => name === suite);
}

async function attempt(number: number): Promise<Outcome> {
  const bug = bugs[number - 1];
  if (bug === undefined) throw new Error(`There is no planted bug ${number}.`);
  const text = await said(bug);
  // An error on the way is no catch: the suite has to have found it.
  const caught = new RegExp(`^${bug.suite} case (\\d+): (.*)$`, "m").exec(text);
  if (caught === null)
    return { found: [`not caught: ${bug.guard}. ${text.slice(-600)}`], counters: { caught: 0 } };
  const cases = Number(caught[1]);
  const { found } = (await shareOf(bug)?.attempt(cases)) ?? { found: ["there is no such suite"] };
  if (found.length > 0)
    return { found: [`found without the bug, too: ${found[0]}`], counters: { caught: 0 } };
  return { found: [], counters: { caught: 1, "cases until they were caught": cases } };
}

export const planted: Suite = {
  name: "P12",
  shows: "Each guard that is taken out is missed by the suites.",
  ci: { from: 1, count: bugs.length },
  size: bugs.length,
  attempt,
};
