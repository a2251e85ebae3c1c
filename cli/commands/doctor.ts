/** `holdfast doctor`: looks at everything that has to be right before a server can start. */
import type { Command } from "commander";
import type { Check } from "../../local/doctor.ts";
import { type Cli, type CommonOptions, defaultData, newCommand, numberOption } from "../command.ts";
import { QuietFailure } from "../failure.ts";
import { taskFolder } from "../task-folder.ts";

interface Options extends CommonOptions {
  readonly dir?: string;
  readonly port?: number;
  readonly data: string;
  /** Folder of synthesized templates. */
  readonly policy?: string;
  /** A deployed stack, instead of this machine. */
  readonly stack?: string;
}

async function folderCheck(dir: string | undefined): Promise<Check> {
  try {
    return { name: "task files", ok: true, found: await taskFolder(dir) };
  } catch (error) {
    const { message, fix } = error as { message: string; fix?: string };
    return { name: "task files", ok: false, found: message, ...(fix === undefined ? {} : { fix }) };
  }
}

/** Prints what the functions of synthesized stacks may do. */
async function tellPolicies({ screen }: Cli, folder: string, isJson: boolean | undefined): Promise<void> {
  const { policiesIn, resourceText } = await import("../policies.ts");
  const policies = await policiesIn(folder);
  if (isJson) return screen.json(policies);
  for (const { stack, function: name, Statement } of policies) {
    screen.say(`${stack}/${name}`);
    for (const { Sid = "", Effect, Action, Resource, Condition } of Statement) {
      const actions = [Action].flat().join(" ");
      const where = Condition === undefined ? "" : ` where ${JSON.stringify(Condition)}`;
      screen.say(`  ${Effect} ${Sid.padEnd(18)} ${actions} on ${resourceText(Resource)}${where}`);
    }
  }
}

async function ofMachine({ config }: Cli, { data, dir, port }: Options): Promise<readonly Check[]> {
  const { examine } = await import("../../local/doctor.ts");
  const asked = port === undefined ? {} : { port };
  return [...(await examine({ dataDir: data, env: config.env, ...asked })), await folderCheck(dir)];
}

async function ofStack(stack: string): Promise<readonly Check[]> {
  const { examineInAws } = await import("../aws.ts");
  return examineInAws(stack);
}

async function doctor(cli: Cli, options: Options): Promise<void> {
  const { screen } = cli;
  if (options.policy !== undefined) return tellPolicies(cli, options.policy, options.json);
  const checks = options.stack === undefined ? await ofMachine(cli, options) : await ofStack(options.stack);
  const ok = checks.every((check) => check.ok);
  if (options.json) screen.json({ ok, checks });
  else {
    for (const check of checks) {
      const mark = check.ok ? screen.paint("green", "✓") : screen.paint("red", "✗");
      screen.say(`${mark} ${check.name.padEnd(14)} ${check.found}`);
      if (check.fix !== undefined) screen.say(`  ${screen.paint("dim", "fix".padEnd(14))} ${check.fix}`);
    }
  }
  if (!ok) throw new QuietFailure();
}

/** The command. */
export function doctorCommand(cli: Cli): Command {
  return newCommand("doctor", "check what a server needs: Node, SQLite, data folder, port, settings", [
    "doctor",
    "doctor --data ../holdfast-data --port 8080 --json",
    "doctor --stack Orders",
    "doctor --policy cdk.out",
  ])
    .option(
      "--dir <folder>",
      `folder of the task files, or of a trigger.config (default: that here, else "tasks" or "trigger", here or in "src")`,
    )
    .addOption(numberOption("--port <n>", "port that a server would listen on (default: 7474)"))
    .option("--data <folder>", "data folder", defaultData)
    .option("--stack <stack>", "look at a stack in AWS instead, with your rights there")
    .option(
      "--policy <folder>",
      "print what the functions in AWS may do instead: the templates that cdk synth made",
    )
    .action((options: Options) => doctor(cli, options));
}
