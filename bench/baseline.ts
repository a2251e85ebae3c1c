/**
 * What the figures were, so that it is seen when one has become worse. A time by itself says more of the machine than of Holdfast:
 * what is kept is how many requests of the fixed job (`reference-server.ts`), measured in the same run, one would take.
 *
 * Owns: `bench/baseline.json`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../test/world/place.ts";

/** By the name of a figure: its time by that of the fixed job. */
export type Ratios = Readonly<Record<string, number>>;

const path = join(root, "bench", "baseline.json");
/** So much worse may chance make one on a shared machine. */
const worst = 1.5;

/** A figure's time by the fixed job's. `unit` "runs/s" counts as the time of one run. */
export function ratioOf(value: number, unit: string, referenceMs: number): number {
  const ms = unit === "s" ? value * 1_000 : unit === "runs/s" ? 1_000 / value : value;
  return ms / referenceMs;
}

/** A line for each figure that is worse than it was by half or more; one that was not known before has none. */
export function worsened(before: Ratios, now: Ratios): string[] {
  return Object.entries(now).flatMap(([name, ratio]) => {
    const known = before[name];
    if (known === undefined || ratio < known * worst) return [];
    const times = `${ratio.toPrecision(3)} times the fixed job, ${known.toPrecision(3)} in the baseline`;
    return [`WORSE: ${name}: ${times} (${(ratio / known).toFixed(1)} times as much).`];
  });
}

/** The baseline that is kept. */
export const baseline = async (): Promise<Ratios> => JSON.parse(await readFile(path, "utf8")) as Ratios;

/** Keeps another one. */
export async function keepBaseline(ratios: Ratios): Promise<void> {
  const rounded = Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toPrecision(3))]);
  await writeFile(path, `${JSON.stringify(Object.fromEntries(rounded), undefined, 2)}\n`);
}
