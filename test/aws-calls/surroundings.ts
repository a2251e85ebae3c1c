/**
 * What a played process finds around it, as an environment and the world are to a real one.
 */
import type { Ports } from "../../engine/ports.ts";
import type { TaskListing } from "../../functions/deps.ts";
import type { PlayedClock } from "./clock.ts";

/** The code that a process has. */
export interface PlayedCode {
  /** The published version that has it: "1", "2" … */
  readonly version: string;
  readonly tasks: readonly TaskListing[];
}

/** Where a process is, and what it is given. */
export interface Surroundings {
  readonly clock: PlayedClock;
  readonly chance: Ports["chance"];
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  /** How often a call is tried: as deployed, or once, so that an unknown outcome reaches the adapters. */
  readonly tries: "as deployed" | "once";
  readonly table: string;
  readonly bucket: string;
  readonly secretId: string;
  readonly doorbellUrl: string;
  readonly deadLetterUrl: string;
  readonly lostRingsUrl: string;
  readonly functionName: string;
  readonly code: PlayedCode;
  /** May it delete what says that a run waits for a slot? Only the dispatcher may. */
  readonly callsParked: boolean;
  /** By how much its clock is ahead. */
  readonly skewMs: number;
  /** Asked before each call: is the process frozen here, and for how long? */
  readonly freezesFor: () => number | undefined;
  /** A run is being stored. */
  readonly stores: (runId: string) => void;
  /** A call of a living process began or ended. */
  readonly moved: () => void;
  readonly print: (line: string) => void;
}
