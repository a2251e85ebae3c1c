/** Synthesizes a stack for the tests: the same construct as everybody's, its times set short. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { MachineName } from "../../engine/machines.ts";
import { root } from "../world/place.ts";
import { compiled } from "./offspring.ts";

/** Props of the construct; times are seconds. */
export interface StackPlan {
  readonly tasks: string;
  readonly projectRoot?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly lease: number;
  readonly leaveAfter: number;
  readonly maxConcurrency?: number;
  readonly machines?: readonly MachineName[];
  readonly encryption?: boolean;
  readonly traces?: "xray" | `http${string}`;
  /** In a network that is there already. */
  readonly network?: boolean;
  /** Roles beside it: `Shop`, which may call without a key; `Deployer`, which may make keys, too; and `Stranger`. */
  readonly callers?: boolean;
}

/** The shortest times that the construct takes. */
export const shortTimes = { timeout: 30, lease: 16, leaveAfter: 10 } as const;

/**
 * Writes the assembly of a stack into `folder`; takes the flags of our cdk.json, as the CLI would. CloudFormation's own rules are
 * not asked: `test/aws-infra/rules.test.ts` does that for every kind of stack.
 */
export async function synthesize(folder: string, plan: StackPlan): Promise<string> {
  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as { context?: unknown };
  const flags = { CDK_CONTEXT_JSON: JSON.stringify(context ?? {}), CDK_VALIDATION: "false" };
  const env = { ...process.env, CDK_OUTDIR: folder, ...flags };
  const options = { cwd: root, env, maxBuffer: 1 << 26 };
  await promisify(execFile)(process.execPath, [compiled("app.js"), JSON.stringify(plan)], options);
  return folder;
}
