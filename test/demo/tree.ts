/** Follows a run and prints its tree as it grows: one line for each checkpoint when it has settled. */
import { basename } from "node:path";
import type { CheckpointView, Holdfast, RunView } from "../world/holdfast.ts";
import type { Screen } from "./screen.ts";

const pollMs = 40;

/** A run that is being shown. */
export interface Follower {
  /** The lines shown so far: a later follower of the same run leaves them out. */
  readonly shown: Set<string>;
  /** The run when it has ended, all of its tree shown. */
  readonly ended: Promise<RunView>;
  /** A line of the story between the tree's lines. */
  note(text: string): void;
}

/** Shows the tree of a run from now on. */
export function follow(
  holdfast: Holdfast,
  runId: string,
  screen: Screen,
  shown = new Set<string>(),
): Follower {
  const began = Date.now();
  const stamp = (): string =>
    screen.paint("dim", `+${((Date.now() - began) / 1000).toFixed(2).padStart(6)} s`);
  const note = (text: string): void => screen.say(`${stamp()}  ${text}`);
  const look = async (): Promise<void> => {
    const rows = await holdfast.checkpoints(runId);
    for (const row of rows) {
      const line = lineOf(row, rows, screen);
      const id = `${row.id} ${line}`;
      if (line === undefined || shown.has(id)) continue;
      shown.add(id);
      note(line);
    }
  };
  const watch = async (): Promise<RunView> => {
    for (;;) {
      const run = await holdfast.run(runId);
      await look();
      if (run.finishedAt) return run;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  return { shown, ended: watch(), note };
}

function lineOf(row: CheckpointView, rows: readonly CheckpointView[], screen: Screen): string | undefined {
  if (row.kind === "event") return happening(row, screen);
  if (row.kind === "frame") return undefined;
  const name = [...framesAbove(row, rows), row.name].join(" › ");
  const place = row.file ? `${basename(String(row.file))}:${row.line}` : "";
  const said = `${name.padEnd(26)} ${screen.paint("dim", place.padEnd(14))}`;
  switch (row.status) {
    case "COMPLETED":
      return `${screen.paint("green", "✓")} ${said} ${screen.paint("dim", answer(row.output))}`.trimEnd();
    case "REJECTED":
      return `${screen.paint("yellow", "↺")} ${said} result rejected, made again`;
    case "FAILED":
      return `${screen.paint("red", "✗")} ${said}`;
    case "RETRYING":
      return `${screen.paint("yellow", "↻")} ${said} failed, will be tried again`;
    default:
      return undefined;
  }
}

/** An HTTP answer by its status, anything else by its beginning. */
function answer(output: unknown): string {
  const text = typeof output === "string" ? output : "";
  const status = /^\{"status":(\d+)/.exec(text)?.[1];
  return status === undefined ? text.slice(0, 48) : `HTTP ${status}`;
}

function framesAbove(row: CheckpointView, rows: readonly CheckpointView[]): string[] {
  const parent = rows.find(({ id }) => id === row.parent);
  return parent ? [...framesAbove(parent, rows), parent.name] : [];
}

function happening(row: CheckpointView, screen: Screen): string | undefined {
  const error = row.error as { readonly message?: string } | undefined;
  if (row.event === "pass")
    return screen.paint("cyan", "→ a new pass: finished awaits answer from the journal");
  if (row.event === "attempt") return `${screen.paint("red", "✗")} attempt failed: ${error?.message}`;
  if (row.event === "resume") return screen.paint("cyan", "→ resumed");
  return undefined;
}
