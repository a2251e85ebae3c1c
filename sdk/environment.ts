/**
 * Which kind of environment a stage is, in Trigger.dev's words.
 */

/** `DEVELOPMENT` is `holdfast dev`, and a stack of that name; all others are `PRODUCTION`. */
export type EnvironmentType = "DEVELOPMENT" | "PRODUCTION";

/** The kind of a stage. */
export const environmentType = (stage: string): EnvironmentType =>
  stage === "dev" ? "DEVELOPMENT" : "PRODUCTION";
