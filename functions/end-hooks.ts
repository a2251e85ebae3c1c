/**
 * Which tasks have hooks for ends of which no pass knows, by the deployed code.
 */
import type { DeployedCode } from "./deps.ts";

/** The port of this name. */
export const hasEndHooks =
  (code: Pick<DeployedCode, "tasks">) =>
  (task: string): boolean =>
    code.tasks().some(({ id, hasEndHooks }) => id === task && hasEndHooks === true);
