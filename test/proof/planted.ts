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
import type { Outcome, Suite } from "./suite.ts";

const run = promisify(execFile);
const compiled = join(root, "dist", "test", "proof");
const longestMs = 850_000;

/** What a process of its own says of this share of a suite; `planted`: with the bug. */
async function said(bug: Bug, which: readonly string[], isPlanted: boolean): Promise<string> {
  const { file, from, to, suite, place, task } = bug;
  const args = ["--import", join(compiled, "planted", "plant.js"), join(compiled, "main.js")];
  const what = ["--suite", suite, "--first", ...which];
  if (place !== undefined) what.push("--place", place);
  if (task !== undefined) what.push("--task", task);
  const patch = isPlanted ? { HOLDFAST_PLANTED: JSON.stringify({ file, from, to }) } : {};
  const env = { ...process.env, ...patch };
  const program = isPlanted ? args : args.slice(2);
  try {
    const { stdout } = await run(process.execPath, [...program, ...what], { env, timeout: longestMs });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return `${stdout}\n${stderr}`;
  }
}

const foundIn = (text: string, { suite }: Bug) => new RegExp(`^${suite} case (\\d+): (.*)$`, "m").exec(text);

async function attempt(number: number): Promise<Outcome> {
  const bug = bugs[number - 1];
  if (bug === undefined) throw new Error(`There is no planted bug ${number}.`);
  const text = await said(bug, ["--count", String(bug.cases)], true);
  // An error on the way is no catch: the suite has to have found it.
  const caught = foundIn(text, bug);
  if (caught === null)
    return { found: [`not caught: ${bug.guard}. ${text.slice(-600)}`], counters: { caught: 0 } };
  const cases = Number(caught[1]);
  const without = await said(bug, ["--seed", String(cases), "--count", "1"], false);
  if (!new RegExp(`^${bug.suite}: 1 cases, 0 failed`, "m").test(without))
    return {
      found: [`found without the bug, too: ${bug.guard}. ${without.slice(0, 600)}`],
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
