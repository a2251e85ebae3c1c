/**
 * `holdfast completions`: what a shell completes after `holdfast`, and the hidden `holdfast complete` that its script asks.
 *
 * Owns:      which arguments are ids that the server knows.
 * Never:     waits for a server longer than two seconds, or says a word where there is none; offers an id that a shell would read as
 *            more than one word.
 */
import type { RootCommand } from "@bomb.sh/tab";
import { Argument, Command } from "commander";
import { type Cli, defaultData } from "../command.ts";
import { connect } from "../connection.ts";

/** Shells that have a script. */
const shells = ["bash", "zsh", "fish", "powershell"];

/** Somebody waits with a finger on a key. */
const patienceMs = 2_000;
const runsMost = 50;

type Known = Readonly<Record<"tasks" | "runs", readonly (readonly [id: string, description: string])[]>>;

/** Ids that are one word to every shell, as they are. */
const isPlain = (id: string): boolean => /^[\w./:@+-]+$/.test(id);

/** The command that the words lead to. */
function commandAt(program: Command, words: readonly string[]): Command {
  let found = program;
  for (const word of words) found = found.commands.find((each) => each.name() === word) ?? found;
  return found;
}

/** What the server has of what is asked for; nothing where it does not answer at once. */
async function knownFor(cli: Cli, program: Command, words: readonly string[]): Promise<Known> {
  const names = commandAt(program, words).registeredArguments.map((each) => each.name());
  const asksTasks = names.includes("task") || words.at(-2) === "--task";
  const asksRuns = names.includes("run") || names.includes("runs");
  if (!asksTasks && !asksRuns) return { tasks: [], runs: [] };
  try {
    const client = await connect(cli, { data: defaultData });
    const call = { signal: AbortSignal.timeout(patienceMs) };
    const tasks = asksTasks ? (await client.tasks(call)).data : [];
    const runs = asksRuns ? (await client.listRuns({ limit: runsMost }, call)).data : [];
    return {
      tasks: tasks.map(({ id, description = "" }) => [id, description.split("\n")[0] ?? ""] as const),
      runs: runs.map(({ id, status, taskIdentifier }) => [id, `${taskIdentifier} ${status}`] as const),
    };
  } catch {
    return { tasks: [], runs: [] };
  }
}

/** Gives arguments and options that are ids what they may be. */
function offer({ commands }: RootCommand, { tasks, runs }: Known): void {
  const all = new Map([
    ["task", tasks],
    ["run", runs],
    ["runs", runs],
  ]);
  const say = (ids: Known["tasks"]) => (complete: (value: string, description: string) => void) => {
    for (const [id, description] of ids) if (isPlain(id)) complete(id, description.replace(/[\t\n\r]/g, " "));
  };
  for (const command of commands.values()) {
    for (const argument of command.arguments.values()) {
      const ids = all.get(argument.name);
      if (ids !== undefined) argument.handler = say(ids);
    }
    const option = command.options.get("task");
    if (option !== undefined) option.handler = say(tasks);
  }
}

async function complete(cli: Cli, programOf: () => Command, words: readonly string[]): Promise<void> {
  const program = programOf();
  const { default: tab } = await import("@bomb.sh/tab/commander");
  const root = tab(program, { completionCommandName: "completions" });
  offer(root, await knownFor(cli, program, words));
  root.parse([...words]);
}

/** The command. */
export function completionsCommand(): Command {
  const shell = new Argument("<shell>", "the shell").choices(shells);
  const examples = [
    'eval "$(holdfast completions bash)"',
    "holdfast completions fish > ~/.config/fish/completions/holdfast.fish",
  ];
  return new Command("completions")
    .description("print a script by which a shell completes commands, options, tasks and runs")
    .addArgument(shell)
    .addHelpText("after", `\nExamples:\n${examples.map((each) => `  $ ${each}`).join("\n")}`)
    .action(async (shell: string) => {
      const { script } = await import("@bomb.sh/tab");
      script(shell, "holdfast", "holdfast");
    });
}

/** What the script asks: `holdfast complete -- <words>`. `programOf` makes the commands that are completed. */
export function completeCommand(cli: Cli, programOf: () => Command): Command {
  return new Command("complete")
    .argument("[words...]")
    .action((words: readonly string[]) => complete(cli, programOf, words));
}
