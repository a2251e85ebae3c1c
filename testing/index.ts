/**
 * `holdfast/testing`: task files on the real transform and engine, with a store in memory and a clock of its own.
 *
 * @module holdfast/testing
 */
export type { ResumePlan } from "../engine/plan.ts";
export { createTestkit } from "./testkit.ts";
export type {
  CallReport,
  Crash,
  CrashOptions,
  Finding,
  OpenToken,
  PlanOptions,
  PlanRow,
  Problem,
  Report,
  RunOptions,
  Testkit,
  TestkitOptions,
  When,
} from "./types.ts";
