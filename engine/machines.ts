/**
 * The machines that a run can ask for: Trigger.dev's presets, as how much memory its process may use.
 *
 * Source of the figures: Trigger.dev's limits, "Machines". The processors are shown to the run and not dealt out here.
 */
import { HoldfastError } from "./errors.ts";

/** Name to processors, and gigabytes. */
export const machines = {
  micro: { cpu: 0.25, memory: 0.25 },
  "small-1x": { cpu: 0.5, memory: 0.5 },
  "small-2x": { cpu: 1, memory: 1 },
  "medium-1x": { cpu: 1, memory: 2 },
  "medium-2x": { cpu: 2, memory: 4 },
  "large-1x": { cpu: 4, memory: 8 },
  "large-2x": { cpu: 8, memory: 16 },
} as const;

/** A machine's name. */
export type MachineName = keyof typeof machines;

/** The machine of who asks for none: what the runners, or the function in AWS, are configured to be. */
export const usualMachine: MachineName = "small-1x";

/** Megabytes. */
export const memoryMb = (name: MachineName): number => machines[name].memory * 1024;

/** Lambda has no more: who asks for more gets that. Megabytes. */
export const mostMbInAws = 10_240;

/**
 * Which of the functions in AWS has room for a machine. `sizes`: their megabytes, smallest first.
 * @returns megabytes of the smallest that is as large; undefined: none is
 */
export function functionFor(name: MachineName, sizes: readonly number[]): number | undefined {
  const asked = Math.min(memoryMb(name), mostMbInAws);
  return sizes.find((size) => size >= asked);
}

/**
 * The machine that is meant by a name, or by `{ preset }`.
 * @throws HoldfastError HF518 for one that there is not
 */
export function machineNamed(value: unknown): MachineName {
  const isPreset = typeof value === "object" && value !== null && "preset" in value;
  const name = isPreset ? value.preset : value;
  if (typeof name === "string" && Object.hasOwn(machines, name)) return name as MachineName;
  const shown = JSON.stringify(name) ?? String(name);
  throw new HoldfastError(
    "HF518",
    `There is no machine ${shown.slice(0, 60)}.`,
    `Give one of ${Object.keys(machines).join(", ")}.`,
  );
}
