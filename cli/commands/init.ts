/** `holdfast init`: a project that runs at once. */
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand } from "../command.ts";
import { start } from "../starter.ts";

interface Options extends CommonOptions {
  readonly aws: boolean;
}

async function init({ screen }: Cli, folder: string, options: Options): Promise<void> {
  const { made, kept } = await start(resolve(folder), options.aws);
  if (options.json) return screen.json({ folder: resolve(folder), made, kept });
  for (const file of made) screen.say(`made  ${file}`);
  for (const file of kept)
    screen.say(`kept  ${file}${file === "package.json" ? ", with what it lacked" : ""}`);
  const here = relative(process.cwd(), resolve(folder));
  const enter = here === "" ? "" : `cd ${here} && `;
  const steps = [
    [`${enter}npm install`, ""],
    ["npm run dev", "everything on this machine; prints the address of the page, and lets you in"],
    [`npx holdfast trigger hello '{"name":"Ada"}' --wait`, "in a second terminal: the first run"],
    ["npm test", "the same task, crashed everywhere"],
    ...(options.aws ? [["npm run deploy", "into your AWS account, after: npx cdk bootstrap"]] : []),
  ];
  const width = Math.max(...steps.map(([command = ""]) => command.length));
  screen.say("\nNext:");
  for (const [command = "", why = ""] of steps)
    screen.say(`  ${command.padEnd(why === "" ? 0 : width)}  ${screen.paint("dim", why)}`.trimEnd());
}

/** The command. */
export function initCommand(cli: Cli): Command {
  return newCommand("init", "make a folder a project with one task and its test; keeps what is there", [
    "init orders",
    "init . --no-aws",
  ])
    .argument("[folder]", "made if it is not there", ".")
    .option("--no-aws", "without a CDK app and what it needs")
    .action((folder: string, options: Options) => init(cli, folder, options));
}
