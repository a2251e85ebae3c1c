/**
 * The code of the functions, as CDK takes it: built by a child process while the stack is put together.
 *
 * Owns:      where the built files lie, and what stands in for them where nothing is bundled (`cdk destroy`, unit tests).
 * Never:     builds in this process: constructs are made synchronously, and builds are not.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Names, Stack, Stage } from "aws-cdk-lib";
import { Architecture, type AssetCode, Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { MachineName } from "../engine/machines.ts";
import type { BuildAnswer, BuildRequest } from "./build-child.ts";
import { InfraError } from "./problems.ts";
import type { Settings } from "./props.ts";

/** The code of each function. */
export interface BuiltCode {
  /** The planner's, too, whose handler lies in a folder of its own there. */
  readonly dispatcher: AssetCode;
  readonly api: AssetCode;
  readonly timer: AssetCode;
  readonly housekeeper: AssetCode;
  /** The hash of the dispatcher's code. */
  readonly codeVersion: string;
  /** Megabytes of the smallest machine that a task asks for whose passes are in Lambda; 0 if one asks for none. */
  readonly memory: number;
  /** Megabytes of all machines that such tasks ask for, or go on with when they are out of memory. */
  readonly asked: readonly number[];
  /** The largest machine that a `longRunning` task asks for; absent if there is no such task. */
  readonly longMachine?: MachineName;
}

type Built = Pick<BuiltCode, "codeVersion" | "memory" | "asked" | "longMachine">;

const child = fileURLToPath(new URL("./build-child.js", import.meta.url));

/** Builds the code of the task folder. @throws InfraError HF602, HF603, HF604 */
export function builtCode(owner: Construct, settings: Settings): BuiltCode {
  const assembly = Stage.of(owner)?.assetOutdir ?? "cdk.out";
  const outDir = join(assembly, `.holdfast-${Names.uniqueResourceName(owner, { maxLength: 64 })}`);
  rmSync(outDir, { recursive: true, force: true });
  const built = Stack.of(owner).bundlingRequired ? build(settings, outDir) : standIn(outDir);
  const code = (name: string): AssetCode => Code.fromAsset(join(outDir, name));
  return {
    dispatcher: code("dispatcher"),
    api: code("api"),
    timer: code("timer"),
    housekeeper: code("housekeeper"),
    ...built,
  };
}

function build({ tasks, projectRoot, architecture }: Settings, outDir: string): Built {
  const request: BuildRequest = {
    dir: tasks,
    outDir,
    processor: architecture.name === Architecture.X86_64.name ? "x64" : "arm64",
    ...(projectRoot === undefined ? {} : { projectRoot }),
  };
  const said = execFileSync(process.execPath, [child, JSON.stringify(request)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
  const answer = JSON.parse(said) as BuildAnswer;
  if ("codeVersion" in answer) return answer;
  throw new InfraError(answer.code, answer.what, answer.fix);
}

/** Something to put into the template where the code itself is not wanted. */
function standIn(outDir: string): Built {
  for (const name of ["dispatcher", "api", "timer", "housekeeper"]) {
    mkdirSync(join(outDir, name), { recursive: true });
    writeFileSync(join(outDir, name, "index.mjs"), "export {};\n");
  }
  return { codeVersion: "0000000000000000", memory: 0, asked: [] };
}
