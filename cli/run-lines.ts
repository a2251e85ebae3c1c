/**
 * Runs as people read them.
 */
import { inspect } from "node:util";
import type { RunCost } from "../sdk/run-cost.ts";
import type { RetrievedRun, RunSummary } from "../sdk/run-shape.ts";
import type { ErrorView, TreeEntry } from "../sdk/tree-entry.ts";
import { harmless, type Screen } from "./print.ts";

type Style = Parameters<Screen["paint"]>[0];

function styleOf(run: RunSummary): Style {
  if (run.isSuccess) return "green";
  return run.isFailed ? "red" : run.isCompleted ? "dim" : "yellow";
}

/** A time as people read it, to the second. */
export const timeText = (date: Date | undefined): string =>
  date === undefined ? "" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;

function waits({ waitingFor }: RunSummary): string {
  if (waitingFor === undefined) return "";
  return waitingFor.count > 1 ? ` for ${waitingFor.count} × ${waitingFor.kind}` : ` for ${waitingFor.kind}`;
}

/** Prints a list of runs. */
export function sayRuns(screen: Screen, runs: readonly RunSummary[]): void {
  const rows = runs.map((run) => [
    run.id,
    `${run.status}${waits(run)}`,
    run.taskIdentifier,
    timeText(run.createdAt),
    run.isCompleted ? `${run.durationMs} ms` : "",
  ]);
  screen.table(["run", "status", "task", "created", "worked"], rows);
}

function sayValue(screen: Screen, name: string, value: unknown): void {
  if (value === undefined) return;
  const text = inspect(value, { depth: 6, maxArrayLength: 50, maxStringLength: 2_000, breakLength: 100 });
  screen.say(
    `${screen.paint("dim", name.padEnd(9))} ${harmless(text).replaceAll("\n", `\n${" ".repeat(10)}`)}`,
  );
}

/** An error's message, and what is behind it: `fetch failed` alone helps nobody. */
export const toldOf = ({ message, cause }: ErrorView): string =>
  cause === undefined ? message : `${message} (${cause})`;

/** Prints one run with its values. */
export function sayRun(screen: Screen, run: RetrievedRun): void {
  const fact = (name: string, text: string): void => {
    if (text !== "") screen.say(`${screen.paint("dim", name.padEnd(9))} ${harmless(text)}`);
  };
  screen.say(`${run.id}  ${screen.paint(styleOf(run), run.status)}${waits(run)}`);
  fact("task", `${run.taskIdentifier} (version ${run.version})`);
  if (run.forkOf !== undefined) fact("fork of", `${run.forkOf.id}, up to record ${run.forkOf.number}`);
  fact("created", timeText(run.createdAt));
  fact("ended", timeText(run.finishedAt));
  if (run.attemptCount > 1) fact("attempts", String(run.attemptCount));
  if (run.tags.length > 0) fact("tags", run.tags.join(", "));
  sayValue(screen, "payload", run.payload);
  sayValue(screen, "output", run.output);
  if (run.error !== undefined) fact("error", `${run.error.name}: ${toldOf(run.error)}`);
}

const fargateText = ({ fargate }: RunCost["aws"]): string =>
  fargate === undefined
    ? ""
    : `, ${fargate.vcpuSeconds.toFixed(0)} vCPU-seconds and ${fargate.gbSeconds.toFixed(0)} GB-seconds of Fargate`;

/** Prints what a run has cost. */
export function sayCost(screen: Screen, { records, passes, aws }: RunCost): void {
  const { writeUnits, readUnits, sqsRequests, usd } = aws;
  const own = `records ${records}, passes ${passes}`;
  const there = `in AWS about ${writeUnits} write units, ${readUnits} read units, ${sqsRequests} requests to SQS${fargateText(aws)}: $${usd.toPrecision(2)}`;
  screen.say(`${screen.paint("dim", "cost".padEnd(9))} ${own}; ${there}`);
}

const marks: Readonly<Record<string, readonly [string, Style]>> = {
  COMPLETED: ["✓", "green"],
  FAILED: ["✗", "red"],
  RETRYING: ["↻", "yellow"],
  WAITING: ["…", "yellow"],
  HANDLE: ["○", "dim"],
  REJECTED: ["↺", "yellow"],
};

function lineOf(screen: Screen, entry: TreeEntry): string {
  if (entry.kind === "event") return screen.paint("dim", `· ${entry.event}  ${entry.at}`);
  const place = entry.file === null ? "" : screen.paint("dim", `  ${entry.file}:${entry.line}`);
  if (entry.kind === "frame") return `${entry.name}${place}`;
  const [mark, style] = marks[entry.status] ?? ["?", "dim"];
  const error = entry.error === null ? "" : `  ${screen.paint("red", harmless(toldOf(entry.error)))}`;
  const tries = entry.tries.length > 0 ? `  (${entry.tries.length + 1} tries)` : "";
  const { madeAt } = entry;
  const made =
    madeAt === undefined
      ? ""
      : screen.paint("dim", `  made at ${madeAt.file}:${madeAt.line}, before it was moved`);
  return `${screen.paint(style, mark)} ${harmless(entry.name)}${tries}${place}${made}${error}`;
}

/** Prints a run's tree: each entry below the frame that it belongs to, whatever went on beside it. */
export function sayTree(screen: Screen, entries: readonly TreeEntry[]): void {
  const within = new Map<string | null, TreeEntry[]>();
  for (const entry of entries) {
    const beside = within.get(entry.parent);
    if (beside === undefined) within.set(entry.parent, [entry]);
    else beside.push(entry);
  }
  const say = (parent: string | null, indent: string): void => {
    for (const entry of within.get(parent) ?? []) {
      screen.say(`${indent}${lineOf(screen, entry)}`);
      say(entry.id, `${indent}  `);
    }
  };
  say(null, "  ");
}
