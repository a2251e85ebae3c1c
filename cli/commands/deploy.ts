/** `holdfast deploy`: `cdk deploy`, and a first key for each project that has none yet. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { HoldfastError } from "../../sdk/index.ts";
import { awsParts } from "../aws.ts";
import { type Cli, withExamples } from "../command.ts";
import { UsageError } from "../failure.ts";

type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The CDK's command line, as the project in this folder has it. */
function cdkProgram(): string {
  try {
    return createRequire(resolve("package.json")).resolve("aws-cdk/bin/cdk");
  } catch {
    throw new UsageError(
      "The package aws-cdk is not there.",
      "Install it: npm install --save-dev aws-cdk@2.",
    );
  }
}

/** Deploys; gives what the stacks tell of themselves. */
async function cdkDeploy(args: readonly string[]): Promise<Outputs> {
  if (args.some((arg) => /^(-O|--outputs-file)(=|$)/.test(arg))) {
    throw new UsageError("--outputs-file is Holdfast's own here.", "Leave it out, or use: npx cdk deploy.");
  }
  const folder = await mkdtemp(join(tmpdir(), "holdfast-deploy-"));
  const file = join(folder, "outputs.json");
  try {
    const all = [cdkProgram(), "deploy", "--outputs-file", file, ...args];
    const [code] = await once(spawn(process.execPath, all, { stdio: "inherit" }), "close");
    if (code !== 0)
      throw new HoldfastError(
        "HF417",
        `cdk deploy has ended with code ${code}: what is wrong is said above.`,
        "Where no account is found: AWS_PROFILE, or `aws sso login`. Where an account was never deployed to: npx cdk bootstrap.",
      );
    return JSON.parse(await readFile(file, "utf8")) as Outputs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function deploy({ screen }: Cli, args: readonly string[]): Promise<void> {
  const { projectsIn, makeProjectKey, makeEncryptionKey } = await awsParts();
  const outputs = await cdkDeploy(args);
  for (const [stack, told] of Object.entries(outputs)) {
    for (const { id, url, secret, encryption } of projectsIn(told)) {
      if (encryption !== undefined && (await makeEncryptionKey(encryption)))
        screen.note(
          `\n${stack}/${id} has got the key that its runs are sealed with: it is in its secret, and nowhere else.`,
        );
      const key = await makeProjectKey(secret, "first");
      screen.note(`\n${stack}/${id} is at ${url}`);
      if (key === undefined) continue;
      screen.note("Its first key, shown this once; only its hash is kept:");
      screen.say(key);
    }
  }
}

/** The command. It has no options of its own: all are CDK's. */
export function deployCommand(cli: Cli): Command {
  const examples = ["deploy", "deploy Orders-Live --require-approval never"];
  const command = new Command("deploy")
    .description("cdk deploy, and a first key for each project that has none yet")
    .argument("[args...]", "for cdk deploy: stacks and options")
    .allowUnknownOption()
    .action((args: string[]) => deploy(cli, args));
  return withExamples(command, examples);
}
