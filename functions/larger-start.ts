/**
 * How the dispatcher reaches functions with more memory, and how one of those takes what it is given: loaded in stacks that have any.
 *
 * Owns: which of the two this function is.
 */
import { deployment } from "../sdk/config.ts";
import type { HandOff } from "./aws/hand-off.ts";
import type { Ring } from "./aws/sqs-doorbell.ts";
import type { DelayedDoorbell } from "./bell.ts";
import { realClock } from "./clock.ts";
import type { DispatcherConfig } from "./config.ts";
import {
  betweenVersions,
  type HandingOver,
  handsBack,
  handsOver,
  type LargerMachines,
} from "./larger-machines.ts";

/** What it takes. */
export interface LargerParts extends Pick<HandingOver, "tasks" | "send" | "log"> {
  readonly config: Pick<DispatcherConfig, "larger" | "memoryMb" | "functionName" | "version">;
  readonly handOff: HandOff;
  readonly bell: DelayedDoorbell;
}

/** Who gives runs on, and, in a larger function, how it hands them to its own versions. */
export interface LargerStart {
  readonly larger: LargerMachines | undefined;
  /** Undefined in the dispatcher. */
  readonly handOffOf?: (ring: Ring) => HandOff;
}

/** Which it is, from what the stack tells. */
export function largerStart({ config, handOff, bell, ...parts }: LargerParts): LargerStart {
  const { larger, memoryMb } = config;
  if (larger !== undefined) return { larger: handsOver({ ...parts, memoryMb, larger, clock: realClock }) };
  const { sizes = [] } = deployment();
  // A dispatcher whose stack has one size, or whose code is from before there were more.
  if (memoryMb <= (sizes[0] ?? memoryMb)) return { larger: undefined };
  return {
    larger: handsBack(parts.tasks, memoryMb, sizes, bell),
    handOffOf: (ring) => betweenVersions(ring, config, handOff, bell, realClock.now()),
  };
}
