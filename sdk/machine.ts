/**
 * How authors ask for a machine: `machine` of a task or a trigger, `retry.outOfMemory` of a task, and `ctx.machine`.
 *
 * Owns:      which machine a run is on.
 */
import { HoldfastError } from "../engine/errors.ts";
import {
  functionFor,
  type MachineName,
  machineNamed,
  machines,
  memoryMb,
  usualMachine,
} from "../engine/machines.ts";
import type { Run } from "../engine/run.ts";
import { deployment } from "./config.ts";
import { findTask } from "./registry.ts";

/** A machine: its name, or `{ preset }` as older files have it. */
export type Machine = MachineName | { readonly preset: MachineName };

/** A run's machine, as it is told: how many processors Trigger.dev's has, and gigabytes of memory. */
export interface MachineContext {
  readonly name: MachineName;
  readonly cpu: number;
  readonly memory: number;
  readonly centsPerMs: 0;
}

/** The machine that a task's option names. @throws HoldfastError HF518 */
export const machineOption = (value: unknown): MachineName | undefined =>
  value === undefined || value === null ? undefined : machineNamed(value);

/** Is one of the functions in AWS as large as this machine, or as large as Lambda has them? On one machine there is always room. */
export function hasRoomFor(name: MachineName): boolean {
  const { sizes } = deployment();
  return sizes === undefined || functionFor(name, sizes) !== undefined;
}

/**
 * Makes sure that there is room for the machine that a trigger asks for. `isLong`: the task is `longRunning`, and a run of it has the
 * size that it asks for.
 * @throws HoldfastError HF518 where, in AWS, no function is large enough for it
 */
export function checkRoom(name: MachineName | undefined, isLong: boolean): void {
  if (name === undefined || isLong || hasRoomFor(name)) return;
  const what = `The machine ${name} has ${memoryMb(name)} MB, and the largest function of this stack ${deployment().sizes?.at(-1)}.`;
  const fix = `Name it in the stack, machines: ["${name}"], or let a task ask for it: then there is a function for it.`;
  throw new HoldfastError("HF518", what, fix);
}

/** The machine that a run has to be on; undefined: the usual one. */
export function machineOf({ task, machine }: Pick<Run, "task" | "machine">): MachineName | undefined {
  const asked = machine ?? findTask(task)?.machine;
  return asked === usualMachine ? undefined : asked;
}

/** What `ctx.machine` is; undefined for a run that asks for none. */
export function machineContext({ task, machine }: Pick<Run, "task" | "machine">): MachineContext | undefined {
  const name = machine ?? findTask(task)?.machine;
  return name === undefined ? undefined : { name, ...machines[name], centsPerMs: 0 };
}
