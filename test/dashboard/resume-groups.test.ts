/** The page and the command line put plans into the same groups: the page may take types alone from elsewhere, so each has its own words for it. */
import { expect, test } from "vitest";
import { groupsOf as groupsOfCommand } from "../../cli/resume-plans.ts";
import { groupsOf as groupsOfPage } from "../../dashboard/resume-many.ts";
import type { PlanRow, ResumePlan } from "../../engine/plan.ts";

const whats: readonly PlanRow["what"][] = ["reused", "again", "new", "conflict", "orphan", "unknown"];

const row = (what: PlanRow["what"], line: number): PlanRow => ({
  ...{ key: `/s${line}#0`, name: `call ${line}`, file: line === 0 ? "" : "tasks/order.ts", line },
  ...{ what, why: "" },
});

function plan(runId: string, rows: readonly PlanRow[], more: Partial<ResumePlan> = {}): ResumePlan {
  const counts = Object.fromEntries(
    whats.map((each) => [each, rows.filter(({ what }) => what === each).length]),
  ) as ResumePlan["counts"];
  return { runId, task: "order", from: "1", codeVersion: "2", rows, counts, ...more } as ResumePlan;
}

/** Every two kinds of rows on two lines, in both orders, with further reused ones; other tasks, codes and ends; and runs without a plan. */
function plans(): { id: string; plan?: ResumePlan; without?: string }[] {
  const made: { id: string; plan?: ResumePlan; without?: string }[] = [];
  const add = (rows: readonly PlanRow[], more: Partial<ResumePlan> = {}): void => {
    const id = `run_${made.length}`;
    made.push({ id, plan: plan(id, rows, more) });
  };
  for (const one of whats) {
    for (const other of whats) {
      add([row(one, 1), row(other, 2)]);
      add([row(other, 2), row("reused", 3), row(one, 1), row(one, 1)]);
    }
    add([row(one, 0)], { task: "report" });
    add([row(one, 1)], { codeVersion: "3" });
    add([row(one, 1)], { ends: { how: "completes" } });
    add([row(one, 1)], { ends: { how: "fails", error: "no" } });
  }
  for (const without of ["HF228", "HF228", "the server went away"])
    made.push({ id: `run_${made.length}`, without });
  return made;
}

test("the same runs stand together on the page and in the terminal, and the same groups can be resumed at once", () => {
  const all = plans();
  const byPage = groupsOfPage(all).map(({ runs, isClear }) => ({ runs, isClear }));
  const byCommand = groupsOfCommand(all.map(({ id, ...rest }) => ({ runId: id, ...rest }))).map(
    ({ runs, isClear }) => ({ runs, isClear }),
  );
  expect(byPage).toEqual(byCommand);
  expect(byPage.length).toBeGreaterThan(20);
  expect(byPage.length).toBeLessThan(all.length / 1.5);
});
