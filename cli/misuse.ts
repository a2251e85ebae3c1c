/**
 * What is said of wrong use that the parser of arguments finds: what is wrong, and what to write instead.
 */
import type { Command } from "commander";
import { exampleOf } from "./command.ts";
import { harmless, type Screen } from "./print.ts";

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

const namesBelow = (command: Command): string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((below) => below.name())
    .filter((name) => name !== "help");

function fixOf(command: Command): string {
  const name = nameOf(command);
  const below = namesBelow(command);
  if (below.length > 0)
    return `Write: ${name} <command>. There are ${below.join(", ")}; ${name} --help tells what each does.`;
  const example = exampleOf(command);
  const such = example === undefined ? "" : `, such as: ${example}`;
  return `Write: ${name} ${command.usage()}${such}. ${name} --help has the options.`;
}

/** Makes a command, and those below it, throw at wrong use, behind a word of what was wrong and how it is put right. */
export function answering(command: Command, screen: Screen, isJson: boolean): Command {
  command.exitOverride().configureOutput({
    outputError: (text) => {
      const message = text
        .trim()
        .replace(/^error: /, "")
        .replaceAll("\n", " ");
      const fix = fixOf(command);
      if (isJson) return screen.json({ error: { message, fix } });
      screen.note(`${screen.paint("red", "error")} ${harmless(message)}`);
      screen.note(`${screen.paint("dim", "fix")} ${fix}`);
    },
  });
  for (const below of command.commands) answering(below, screen, isJson);
  return command;
}
