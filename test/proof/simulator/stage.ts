/** What a schedule plays on: one machine, or AWS. */
import type { Ports } from "../../../engine/ports.ts";
import type { Process } from "./process.ts";

export interface Stage {
  /** A process that starts, cancels and resumes runs for somebody. */
  caller(): { readonly ports: Ports; readonly process: Process };
  /** New code is there: new runs are on it. */
  deploy(): void;
  /** Is this a process that lives, or whose death will be noticed? */
  isKnownOwner(owner: string): boolean;
}
