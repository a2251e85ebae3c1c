/**
 * `npm run reference` writes the pages of this folder: out of the doc comments, and of the commands' own help. With `--check`
 * it writes nothing, and fails where a page is not what they give.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programOf } from "../../dist/cli/program.js";

const here = fileURLToPath(new URL(".", import.meta.url));

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: here });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} has ended with ${status}.`);
}

/** The help of a command and of those below it, each under its full name. */
function helpOf(command, names) {
  const shown = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");
  const below = shown.flatMap((one) => helpOf(one, [...names, one.name()]));
  if (command.parent && shown.length > 0) return below;
  let help = "";
  command
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 110 })
    .outputHelp();
  return [`## ${names.join(" ")}\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`, ...below];
}

const commandsTitle = `# Commands

What \`holdfast <command> --help\` says. [The command line](../cli.md) tells how they belong together.
`;

function writeCommands(folder) {
  const program = programOf({ config: {}, screen: {}, version: "", interruption: () => undefined });
  writeFileSync(join(folder, "commands.md"), [commandsTitle, ...helpOf(program, ["holdfast"])].join("\n"));
  appendFileSync(join(folder, "README.md"), "\nThe command line: [each command's help](commands.md).\n");
}

function write(folder) {
  if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--no-audit", "--no-fund", "--silent"]);
  run("node_modules/.bin/typedoc", ["--out", folder, "--logLevel", "Warn"]);
  writeCommands(folder);
}

const pagesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".md") && !name.startsWith("node_modules"))
    .sort();

function check() {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-reference-"));
  try {
    write(folder);
    const text = (place, name) =>
      existsSync(join(place, name)) ? readFileSync(join(place, name), "utf8") : "";
    const stale = [...new Set([...pagesOf(folder), ...pagesOf(here)])].filter(
      (name) => text(folder, name) !== text(here, name),
    );
    if (stale.length === 0) return;
    console.error(
      `Not what the doc comments and the commands say: ${stale.join(", ")}. \`npm run reference\` writes them anew.`,
    );
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv.includes("--check")) check();
else write(here);
