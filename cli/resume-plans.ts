/**
 * Plans of resumes as people read them: one with its checkpoints, many in groups of the same kind.
 *
 * Owns:      what makes two plans the same kind: the same calls are made, asked about or not known; how many are reused does not count.
 */
import type { PlanRow, ResumePlan } from "../sdk/client.ts";
import { harmless, type Screen } from "./print.ts";

type What = PlanRow["what"];
type Style = Parameters<Screen["paint"]>[0];

/** A run and what resuming it would do; `without`: why nobody can say. */
export interface PlannedRun {
  readonly runId: string;
  readonly plan?: ResumePlan;
  readonly without?: string;
}

/** Runs whose plans are of one kind. */
export interface PlanGroup {
  readonly runs: readonly string[];
  /** Nothing has to be asked. */
  readonly isClear: boolean;
  readonly plan?: ResumePlan;
  readonly without?: string;
}

const marks: Readonly<Record<What, readonly [string, Style]>> = {
  reused: ["=", "green"],
  again: ["↻", "yellow"],
  new: ["+", "yellow"],
  conflict: ["?", "red"],
  orphan: ["-", "dim"],
  unknown: ["…", "dim"],
};

const words: Readonly<Record<What, string>> = {
  reused: "reused",
  again: "made again",
  new: "new",
  conflict: "to be asked",
  orphan: "left over",
  unknown: "not known yet",
};

const order: readonly What[] = ["conflict", "again", "new", "reused", "orphan", "unknown"];

/** Is there something that only people can decide? */
export const isClear = ({ plan }: Pick<PlannedRun, "plan">): boolean => (plan?.counts.conflict ?? 0) === 0;

/** How many of each. */
function summary({ counts, ends, stopped }: ResumePlan): string {
  const parts = order.flatMap((what) => (counts[what] === 0 ? [] : [`${counts[what]} ${words[what]}`]));
  if (parts.length === 0) parts.push("nothing is recorded");
  if (ends?.how === "completes") parts.push("then it completes");
  if (ends?.how === "fails") parts.push(`then it fails again: ${ends.error}`);
  if (stopped !== undefined)
    parts.push(`looked ahead up to ${stopped.name}${placed(stopped.at)}: ${stopped.because}`);
  return harmless(parts.join(", "));
}

const placed = (at: string): string => (at === "" ? "" : ` (${at})`);
const placeOf = ({ file, line }: PlanRow): string => (file === "" ? "" : `${file}:${line}`);

/** Prints one plan: each checkpoint with what becomes of it, and why. */
export function sayPlan(screen: Screen, { runId, plan, without }: PlannedRun): void {
  if (plan === undefined) return screen.say(`${runId}: no plan. ${harmless(without ?? "")}`);
  const { task, from, codeVersion, rows } = plan;
  const versions = from === codeVersion ? `version ${codeVersion}` : `version ${codeVersion}, before ${from}`;
  screen.say(`${runId}  ${task}  ${versions}`);
  for (const row of rows) {
    const [mark, style] = marks[row.what];
    const place = screen.paint("dim", `  ${placeOf(row)}`);
    screen.say(
      `  ${screen.paint(style, `${mark} ${words[row.what].padEnd(13)}`)} ${harmless(row.name)}${place}`,
    );
    if (row.what !== "reused") screen.say(screen.paint("dim", `      ${harmless(row.why)}`));
  }
  screen.say(`  ${summary(plan)}`);
}

function kindOf({ plan, without }: PlannedRun): string {
  if (plan === undefined) return `without ${without}`;
  const { task, rows, ends, stopped, codeVersion } = plan;
  const seen = rows
    .filter(({ what }) => what !== "reused")
    .map((row) => `${row.what} ${row.name} ${placeOf(row)}`);
  return JSON.stringify([task, codeVersion, [...new Set(seen)].sort(), ends, stopped]);
}

/** The groups, the largest first. */
export function groupsOf(planned: readonly PlannedRun[]): PlanGroup[] {
  const groups = new Map<string, PlannedRun[]>();
  for (const each of planned) {
    const kind = kindOf(each);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [each]);
    else group.push(each);
  }
  return [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const { plan, without } = group[0] as PlannedRun;
      const runs = group.map(({ runId }) => runId);
      return {
        runs,
        isClear: isClear({ ...(plan && { plan }) }),
        ...(plan && { plan }),
        ...(without !== undefined && { without }),
      };
    });
}

/** So many runs of a group are named. */
const named = 3;

function namesOf(runs: readonly string[]): string {
  const shown = runs.slice(0, named).join(", ");
  return runs.length > named ? `${shown} and ${runs.length - named} more` : shown;
}

/** Prints the groups. */
export function sayGroups(screen: Screen, groups: readonly PlanGroup[]): void {
  for (const { runs, plan, without } of groups) {
    const count = screen.paint("bold", `${runs.length} ${runs.length === 1 ? "run" : "runs"}`);
    if (plan === undefined) {
      screen.say(`${count}: no plan. ${harmless(without ?? "")}`);
      continue;
    }
    screen.say(`${count} of ${plan.task}: ${summary(plan)}`);
    for (const row of plan.rows.filter(
      ({ what }) => what === "conflict" || what === "again" || what === "new",
    )) {
      const [mark, style] = marks[row.what];
      screen.say(`  ${screen.paint(style, mark)} ${harmless(row.name)}  ${placeOf(row)}`);
      if (row.what === "conflict") screen.say(screen.paint("dim", `      ${harmless(row.why)}`));
    }
    screen.say(screen.paint("dim", `  ${namesOf(runs)}`));
  }
}
