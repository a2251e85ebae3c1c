/**
 * What all commands have in common: their options, and what they are given to work with.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import type { CliConfig } from "./config.ts";
import type { Screen } from "./print.ts";

/** What a command works with. */
export interface Cli {
  readonly screen: Screen;
  readonly config: CliConfig;
  /** Holdfast's own. */
  readonly version: string;
  /** From now on the first SIGINT or SIGTERM does not end the process, but aborts this. */
  readonly interruption: () => AbortSignal;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Where the server of a command is. */
export interface ServerOptions extends CommonOptions {
  readonly url?: string;
  readonly key?: string;
  readonly stack?: string;
  readonly data: string;
}

/** The data folder if none is given. */
export const defaultData = ".holdfast";

const firstExamples = new WeakMap<Command, string>();

/** The first of a command's examples. */
export const exampleOf = (command: Command): string | undefined => firstExamples.get(command);

/** Puts examples under a command's help; the first is shown to whoever used it wrongly. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const [first] = examples;
  if (first !== undefined) firstExamples.set(command, `holdfast ${first}`);
  const lines = examples.map((example) => `  $ holdfast ${example}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${lines}`);
}

/** A command with others below it. It has no options: it would take theirs away. */
export function newGroup(name: string, summary: string, examples: readonly string[]): Command {
  return withExamples(new Command(name).description(summary), examples);
}

/** A command with the options that all have, and examples under its help. */
export function newCommand(name: string, summary: string, examples: readonly string[]): Command {
  return newGroup(name, summary, examples)
    .option("--json", "print the result as JSON")
    .option("--verbose", "print stack traces of errors");
}

/** Adds the options of a command that talks to a server. */
export function talking(command: Command): Command {
  return command
    .option("--url <url>", "where the server is (HOLDFAST_API_URL)")
    .option("--key <key>", "the secret key (HOLDFAST_SECRET_KEY)")
    .option("--stack <stack>", "a stack in AWS instead: called with your rights there, without a key")
    .option(
      "--data <folder>",
      "data folder of the server on this machine, for its address and key",
      defaultData,
    );
}

/** An option that is a whole number of a range. */
export function wholeOption(flags: string, description: string, from: number, to: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    const range = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `from ${from} to ${to}`;
    throw new InvalidArgumentError(`It is a whole number, ${range}.`);
  });
}

/** An option that is one or several of some words, in letters of either case; they are given in the case of `words`. */
export function wordsOption(flags: string, description: string, words: readonly string[]): Option {
  const shown = words.map((word) => word.toLowerCase());
  const option = new Option(flags, description).argParser((text, before: readonly string[] | undefined) => {
    const word = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (word !== undefined) return [...(before ?? []), word];
    throw new InvalidArgumentError(`There are ${shown.join(", ")}.`);
  });
  // For the help, and for shells.
  option.argChoices = shown;
  return option;
}

/** An option that is a number. */
export function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    // A value that is no number stays what it is: whoever checks the setting says what is expected.
    return text.trim() === "" ? Number.NaN : value;
  });
}
