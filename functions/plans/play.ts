/**
 * What the planner's function and the process in which it has runs played say to each other.
 *
 * The process is closed and has no rights: what it has to know of the world it asks the function, which may read and no more.
 */
import type { StoredRun } from "../../engine/planning.ts";
import type { Planned, ToPlan } from "./planned.ts";

/** What the process asks for. */
export type Question =
  /** A large value. */
  | { readonly of: "value"; readonly ref: string }
  /** Another run. */
  | { readonly of: "run"; readonly runId: string }
  /** The version of the secrets that is current. */
  | { readonly of: "current" }
  /** The values of a version of the secrets. */
  | { readonly of: "values"; readonly version: string | undefined }
  /** Where a copy of the tasks' code lies that may be loaded with this version of the secrets. */
  | { readonly of: "folder"; readonly version: string | undefined };

/** To the process. */
export type ToProcess =
  | { readonly kind: "play"; readonly asked: ToPlan; readonly stored: StoredRun }
  | {
      readonly kind: "answer";
      readonly number: number;
      readonly answer?: unknown;
      readonly problem?: string;
    };

/** From the process. */
export type FromProcess =
  | { readonly kind: "question"; readonly number: number; readonly question: Question }
  | { readonly kind: "planned"; readonly planned: Planned };
