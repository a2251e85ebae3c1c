/** Follows a run and prints its tree as it grows: one line for each checkpoint when it has settled. */
import type { CheckpointView, Holdfast, RunView } from "../world/holdfast.ts";
import type { Screen } from "./screen.ts";

const pollMs = 40;

/** A run that is being shown. */
export interface Follower {
  /** The run when it has ended, all of its tree shown. */
  readonly ended: Promise<RunView>;
  /** A line of the story between the tree's lines. */
  note(text: string): void;
}

/** Shows the tree of a run from now on. */
export function follow(holdfast: Holdfast, runId: string, screen: Screen): Follower {
  const began = Date.now();
  const shown = new Set<string>();
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
  return { ended: watch(), note };
}

function lineOf(row: CheckpointView, rows: readonly CheckpointView[], screen: Screen): string | undefined {
  if (row.kind === "event") return happening(row, screen);
  if (row.kind === "frame") return undefined;
  const name = [...framesAbove(row, rows), row.name].join(" › ");
  const place = row.file ? `${row.file}:${row.line}` : "";
  const said = `${name.padEnd(34)} ${screen.paint("dim", place.padEnd(24))}`;
  switch (row.status) {
    case "COMPLETED":
      return `${screen.paint("green", "✓")} ${said} ${screen.paint("dim", String(row.output ?? "").slice(0, 48))}`;
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

function framesAbove(row: CheckpointView, rows: readonly CheckpointView[]): string[] {
  const parent = rows.find(({ id }) => id === row.parent);
  return parent ? [...framesAbove(parent, rows), parent.name] : [];
}

function happening(row: CheckpointView, screen: Screen): string | undefined {
  const error = row.error as { readonly message?: string } | undefined;
  if (row.event === "pass")
    return screen.paint(
      "cyan",
      "→ a new pass takes the run over and answers finished awaits from the journal",
    );
  if (row.event === "attempt") return `${screen.paint("red", "✗")} attempt failed: ${error?.message}`;
  if (row.event === "resume") return screen.paint("cyan", "→ resumed");
  return undefined;
}
