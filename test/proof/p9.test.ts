/**
 * P9: a run that has failed goes on, on edited code. A recorded result is never reused where its inputs have changed, and no
 * call is made again where neither its inputs nor its callee have.
 */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { PlanRow, ResumePlan } from "../../engine/plan.ts";
import type { Report, Testkit } from "../../testing/types.ts";
import { folderOf, imports, kitOf, outside } from "../testing/kit.ts";
import { root } from "../world/place.ts";
import { edits } from "./edits/table.ts";

const goldenPath = join(root, "test", "proof", "edits", "plans.json");
const golden = JSON.parse(await readFile(goldenPath, "utf8").catch(() => "{}")) as Record<string, string[]>;
const plans: Record<string, readonly string[]> = {};
const input = { xs: ["x", "y", "z"], n: 5 };

afterAll(() => {
  if (process.env.UPDATE_CASES === "1") writeFileSync(goldenPath, `${JSON.stringify(plans, null, 2)}\n`);
  console.log(`P9: ${Object.keys(plans).length} of ${edits.length} edits`);
});

/** Outside calls give what they were given; `broken` fails for what is bad. */
function world(): { readonly made: string[] } {
  const made: string[] = [];
  const call = (name: string) => async (what: string) => {
    made.push(`${name} ${what}`);
    if (name === "broken" && what !== "good") throw new TypeError("no");
    return what;
  };
  const pool = (all: string[], work: (one: string) => Promise<string>) =>
    Promise.all(all.map((one) => work(one)));
  const names = ["act", "pay", "check", "refund", "broken"];
  outside({ ...Object.fromEntries(names.map((name) => [name, call(name)])), pool });
  return { made };
}

const planOf = ({ plan = [] }: Report): string[] =>
  plan.map(
    ({ what, name, line, why }) => `${what} ${name}:${line} ${why.replace(/tasks.main\.ts/, "main.ts")}`,
  );

/** What a plan is sure of comes out so; what it does not know hangs on something that it says is made. */
function expectAsSaid(said: ResumePlan, { plan = [], error }: Report, calls: number): void {
  const became = new Map(plan.map(({ key, what }) => [key, what]));
  // A question is asked about a record, whichever call raises it.
  const isWrong = ({ key, what }: PlanRow): boolean =>
    what !== "unknown" && what !== "conflict" && became.has(key) && became.get(key) !== what;
  const wrong = said.rows.filter(isWrong);
  expect(wrong.map((row) => [row, became.get(row.key)])).toEqual([]);
  const { counts, ends, stopped } = said;
  const isAsked = error?.message.startsWith("HF315") === true;
  if (isAsked) expect(counts.conflict + counts.unknown).toBeGreaterThan(0);
  if (counts.conflict > 0) expect(isAsked).toBe(true);
  if (ends !== undefined) expect([ends.how, calls]).toEqual(["completes", 0]);
  if (counts.unknown > 0)
    expect(counts.new + counts.again + counts.conflict + (stopped ? 1 : 0)).toBeGreaterThan(0);
}

describe("after an edit", () => {
  test.each(edits)("$name", async ({ name, before, after, makes, gives }) => {
    const { made } = world();
    const kit = await kitOf(imports + before);
    const failed = await kit.run("t", input);
    expect(failed.status).toBe("FAILED");
    const once = [...made];
    made.length = 0;
    const dir = join(await folderOf({ "tasks/main.ts": imports + after }), "tasks");

    const said = await kit.plan(failed, { dir });
    expect(made, "a plan makes no call").toEqual([]);
    const resumed = await kit.resume(failed, { dir });
    expectAsSaid(said, resumed, made.length);
    expect(made.toSorted()).toEqual([...makes].toSorted());
    if (gives === "HF315") expect(resumed.error?.message).toMatch(/^HF315 /);
    else expect(resumed).toMatchObject({ status: "COMPLETED", output: gives });
    plans[name] = planOf(resumed);
    if (process.env.UPDATE_CASES !== "1") expect(plans[name]).toEqual(golden[name]);
    expect(once.length).toBeGreaterThan(0);

    // A crash at any write of the resumed run changes nothing of that.
    for (let write = 1; write <= resumed.writes; write++) {
      made.length = 0;
      const again = await kit.resume(failed, { dir, crash: [{ when: "after", write }] });
      expect(again.status).toBe(resumed.status);
      expect(again.output).toEqual(resumed.output);
      expect(made.toSorted()).toEqual([...makes].toSorted());
    }
  });
});

test("50 edits of failed runs' code make no recorded call again, and reuse no result whose inputs have changed", () => {
  expect(Object.keys(plans).length).toBeGreaterThanOrEqual(50);
});

/** Answers each question in the same way until none is left. */
async function answered(kit: Testkit, asking: Report, dir: string, answer: "redo" | "keep"): Promise<Report> {
  let report = asking;
  for (let questions = 0; report.error?.message.startsWith("HF315") && questions < 9; questions++) {
    const [, key = ""] = /checkpoint (\S+)\. /.exec(report.error.message) ?? [];
    report = await kit.resume(report, { dir, [answer]: [key] });
  }
  return report;
}

describe("a question that an edit raises", () => {
  const asking = edits.filter(({ gives }) => gives === "HF315");
  test.each(asking)("$name: redo makes it again, keep uses what is recorded", async (edit) => {
    const { made } = world();
    const kit = await kitOf(imports + edit.before);
    const failed = await kit.run("t", input);
    const dir = join(await folderOf({ "tasks/main.ts": imports + edit.after }), "tasks");
    const conflict = await kit.resume(failed, { dir });
    for (const answer of ["redo", "keep"] as const) {
      made.length = 0;
      const [makes, gives] = edit[answer === "redo" ? "redone" : "kept"] ?? [];
      const ended = await answered(kit, conflict, dir, answer);
      expect([made.toSorted(), ended.output]).toEqual([makes, gives]);
    }
  });
});
