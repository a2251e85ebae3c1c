/** `holdfast dev` and `holdfast serve`: everything on one machine, with and without watching. */
import { relative } from "node:path";
import type { Command } from "commander";
import { optimizeLate } from "../../local/late-optimizing.ts";
import type { ReplayReport } from "../../local/replay-check/told.ts";
import type { Supervisor } from "../../local/supervisor.ts";
import { type Cli, type CommonOptions, defaultData, newCommand, numberOption } from "../command.ts";
import { envFileSecrets } from "../env-file.ts";
import { harmless } from "../print.ts";
import { taskFolder } from "../task-folder.ts";

interface Options extends CommonOptions {
  readonly dir?: string;
  readonly port?: number;
  readonly data: string;
  readonly runners?: number;
  readonly memory?: number;
  readonly rateLimit?: number;
  readonly allowHost?: readonly string[];
  /** Of `dev` alone. */
  readonly replayCheck?: boolean;
}

/** How long after the second signal the process ends in any case. */
const lastGraceMs = 2_000;

const given = <T>(name: string, value: T | undefined): { [key: string]: T } =>
  value === undefined ? {} : { [name]: value };

/** Waits for SIGINT or SIGTERM, and closes; a second one closes at once. */
async function untilStopped(
  { screen }: Cli,
  supervisor: Supervisor,
  interrupted: AbortSignal,
): Promise<void> {
  if (!interrupted.aborted) await new Promise((done) => interrupted.addEventListener("abort", done));
  screen.note("Stopping: what is at work may go on for 5 s. Once more to stop at once.");
  const again = (): void => {
    void supervisor.close();
    // A store that fails may keep what is left from ending; the next start puts that right.
    setTimeout(() => process.exit(1), lastGraceMs).unref();
  };
  process.on("SIGINT", again);
  process.on("SIGTERM", again);
  await supervisor.close();
}

function welcome(cli: Cli, supervisor: Supervisor, options: Options, dir: string): void {
  const { screen } = cli;
  const data = relative(process.cwd(), options.data) || ".";
  screen.note(`${supervisor.tasks.length} task(s) in ${dir}: ${supervisor.tasks.join(", ")}`);
  if (supervisor.keys.made) {
    screen.note(`A secret key was made: ${supervisor.keys.secretKey}`);
    screen.note(`It is kept in ${data}/keys.json, and not shown again.`);
  }
  screen.say(options.json ? JSON.stringify({ ready: supervisor.url }) : `ready ${supervisor.url}`);
}

/** Who reads the terminal of `dev` may use it; a deployment's log is no place for keys. */
const signInLink =
  ({ screen }: Cli) =>
  (link: string): void =>
    screen.note(`Dashboard, signed in once by this link: ${link}`);

/** What a finished run would have done otherwise, if it had been interrupted. */
const replayTold =
  ({ screen }: Cli, options: Options) =>
  ({ text, ...replay }: ReplayReport): void => {
    if (options.json) screen.say(JSON.stringify({ replay }));
    else screen.note(harmless(text));
  };

async function serve(cli: Cli, watch: boolean, options: Options): Promise<void> {
  optimizeLate();
  const interrupted = cli.interruption();
  const dir = await taskFolder(options.dir);
  const { startSupervisor } = await import("../../local/supervisor.ts");
  const supervisor = await startSupervisor({
    dir,
    watch,
    dataDir: options.data,
    env: { HOLDFAST_STAGE: watch ? "dev" : "prod", ...cli.config.env },
    secrets: await envFileSecrets(process.cwd(), cli.config.env),
    log: (line) => cli.screen.note(line),
    ...given("onSignInLink", watch ? signInLink(cli) : undefined),
    ...given("onReplay", options.replayCheck === true ? replayTold(cli, options) : undefined),
    ...given("port", options.port),
    ...given("runners", options.runners),
    ...given("runnerMemoryMb", options.memory),
    ...given("rateLimit", options.rateLimit),
    ...given("allowedHosts", options.allowHost),
  });
  welcome(cli, supervisor, options, dir);
  await untilStopped(cli, supervisor, interrupted);
}

function serving(name: string, summary: string, watch: boolean, cli: Cli): Command {
  const examples = [
    name,
    `${name} --dir src/tasks --port 8080`,
    `${name} --data ../holdfast-data --runners 4`,
  ];
  return newCommand(name, summary, examples)
    .option(
      "--dir <folder>",
      `folder of the task files, or of a trigger.config (default: that here, else "tasks" or "trigger", here or in "src")`,
    )
    .addOption(numberOption("--port <n>", "port on 127.0.0.1; 0 takes any free one (default: 7474)"))
    .option("--data <folder>", "folder in which everything is kept", defaultData)
    .addOption(
      numberOption("--runners <n>", "processes that work on runs, at most: it begins with one (default: 2)"),
    )
    .addOption(numberOption("--memory <mb>", "heap that each of them may use"))
    .addOption(
      numberOption(
        "--rate-limit <n>",
        "requests a minute that a key may make; 0 for any number (default: 60000)",
      ),
    )
    .option("--allow-host <name...>", "further Host headers to answer to: a proxy or tunnel in front")
    .action((options: Options) => serve(cli, watch, options));
}

/** `holdfast dev`. */
export const devCommand = (cli: Cli): Command =>
  serving("dev", "run everything on this machine; build again when a file changes", true, cli).option(
    "--no-replay-check",
    "do not replay finished runs in the background, nor rehearse crashes, to see whether they would have gone on the same",
  );

/** `holdfast serve`. */
export const serveCommand = (cli: Cli): Command =>
  serving("serve", "run everything on this machine, as a deployment", false, cli);
