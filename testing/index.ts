/**
 * `holdfast/testing`: task files on the real transform and engine, with a store in memory and a clock of its own.
 */
export { createTestkit } from "./testkit.ts";
export type {
  CallReport,
  Crash,
  CrashOptions,
  Finding,
  PlanRow,
  Problem,
  Report,
  RunOptions,
  Testkit,
  TestkitOptions,
  When,
} from "./types.ts";
