/** `holdfast secrets`: the secrets of the tasks on this machine. Values are read from the terminal or a pipe, and never shown. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import type { Command } from "commander";
import type { SecretChange } from "../../local/secret-changes.ts";
import { HoldfastError } from "../../sdk/index.ts";
import { type Cli, type CommonOptions, defaultData, newCommand, newGroup } from "../command.ts";
import { repinCommand } from "./repin.ts";
import { secretsLogCommand } from "./secrets-log.ts";

interface Options extends CommonOptions {
  readonly data: string;
  readonly stack?: string;
}

const bad = (what: string, fix: string): HoldfastError => new HoldfastError("HF406", what, fix);

function checkedName(name: string): string {
  if (name.startsWith("HOLDFAST_"))
    throw bad(`${name} is a setting of Holdfast itself.`, "Set it in the environment of `holdfast serve`.");
  if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) return name;
  throw bad(
    `"${name}" cannot be the name of a secret.`,
    "Give letters, digits and _, such as STRIPE_KEY; the value is asked for.",
  );
}

/** A line typed at the terminal, which does not show it. */
async function typed(name: string): Promise<string> {
  process.stderr.write(`Value of ${name} (not shown): `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

async function valueFor(name: string): Promise<string> {
  const value = process.stdin.isTTY ? await typed(name) : (await textOf(process.stdin)).replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw bad(
    `No value was given for ${name}.`,
    `Type it when asked, or: printf %s "$VALUE" | holdfast secrets set ${name}`,
  );
}

const prepared = async (options: Options): Promise<string> => {
  const { prepareDataFolder } = await import("../../local/data-folder.ts");
  return prepareDataFolder(options.data);
};

async function note(folder: string, change: SecretChange): Promise<void> {
  const { noteChange } = await import("../../local/secret-changes.ts");
  noteChange(folder, Date.now(), change);
}

function tell({ screen }: Cli, { json }: Options, version: number, line: string): void {
  if (json) screen.json({ version });
  else screen.note(`${line} Within a second, runs that begin are on version ${version}.`);
}

async function set(cli: Cli, name: string, options: Options, more: readonly string[]): Promise<void> {
  if (more.length > 0)
    throw bad(
      "A value is not given among the arguments: it would stay in the history of the shell, and whoever lists processes would see it.",
      `Leave it out: it is asked for. Or: printf %s "$VALUE" | holdfast secrets set ${checkedName(name)}`,
    );
  const { changeSecrets } = await import("../../local/local-secrets.ts");
  const value = await valueFor(checkedName(name));
  const folder = await prepared(options);
  let isNew = false;
  const version = changeSecrets(folder, Date.now(), (kept) => {
    isNew = kept.set[name] !== value;
    return isNew ? { ...kept, set: { ...kept.set, [name]: value } } : undefined;
  });
  if (isNew) await note(folder, { change: "set", name, version });
  tell(cli, options, version, `${name} is set.`);
}

async function remove(cli: Cli, name: string, options: Options): Promise<void> {
  const { changeSecrets } = await import("../../local/local-secrets.ts");
  const folder = await prepared(options);
  const version = changeSecrets(folder, Date.now(), (kept) => {
    const { [name]: found, ...others } = kept.set;
    if (found !== undefined) return { ...kept, set: others };
    if (kept.env[name] === undefined) throw bad(`There is no secret ${name}.`, "See: holdfast secrets list");
    throw bad(`${name} comes from .env.`, "Take its line out, and start Holdfast again.");
  });
  await note(folder, { change: "removed", name, version });
  tell(cli, options, version, `${name} is removed.`);
}

async function revokeInStack({ screen }: Cli, asked: string, stack: string, isJson = false): Promise<void> {
  const { revokeInAws } = await import("../aws.ts");
  const version = await revokeInAws(stack, asked);
  if (isJson) screen.json({ revoked: asked, version });
  else
    screen.note(
      `Version ${asked} is revoked by ${version}. Runs on it see the current one from their next pass on.`,
    );
}

async function revoke(cli: Cli, asked: string, options: Options): Promise<void> {
  if (options.stack !== undefined) return revokeInStack(cli, asked, options.stack, options.json);
  const { forgetVersion, secretVersions } = await import("../../local/local-secrets.ts");
  const folder = await prepared(options);
  const versions = secretVersions(folder);
  const version = Number(asked);
  if (!versions.includes(version)) throw bad(`There is no version ${asked}.`, "See: holdfast secrets list");
  if (version === versions.at(-1))
    throw bad(`Version ${asked} is the current one.`, "Set the new values first, then revoke it.");
  forgetVersion(folder, version);
  await note(folder, { change: "revoked", version });
  if (options.json) cli.screen.json({ revoked: version });
  else cli.screen.note(`Version ${version} is gone. Runs on it see the current one from their next pass on.`);
}

async function list(cli: Cli, options: Options): Promise<void> {
  const { describeSecrets } = await import("../../local/described-secrets.ts");
  const { secrets, versions } = describeSecrets(await prepared(options));
  if (options.json) return cli.screen.json({ secrets, versions });
  if (versions.length === 0)
    return cli.screen.note("There are no secrets. Set one: holdfast secrets set NAME");
  cli.screen.table(
    ["NAME", "FROM", "SINCE VERSION"],
    secrets.map(({ name, from, since }) => [name, from, String(since)]),
  );
  cli.screen.say();
  cli.screen.table(
    ["VERSION", "MADE", "CHANGED"],
    versions.map(({ version, createdAt, changed }) => [String(version), createdAt, changed.join(", ")]),
  );
}

const withData = (command: Command): Command =>
  command.option("--data <folder>", "folder in which everything is kept", defaultData);

/** The command. */
export function secretsCommand(cli: Cli): Command {
  const examples = ["secrets set STRIPE_KEY", "secrets list", "secrets revoke 3"];
  return newGroup("secrets", "keep the tasks' secrets on this machine", examples)
    .addCommand(
      withData(
        newCommand("set", "set a secret; its value is asked for, or read from a pipe", [
          "secrets set STRIPE_KEY",
          "secrets set STRIPE_KEY < key.txt",
        ]),
      )
        .argument("<name>", "its name")
        .allowExcessArguments()
        .action((name: string, options: Options, { args }: Command) =>
          set(cli, name, options, args.slice(1)),
        ),
    )
    .addCommand(
      withData(
        newCommand("list", "list names and versions; never values", ["secrets list", "secrets list --json"]),
      ).action((options: Options) => list(cli, options)),
    )
    .addCommand(
      withData(
        newCommand("remove", "remove a secret; runs that are on an older version keep it", [
          "secrets remove STRIPE_KEY",
        ]),
      )
        .argument("<name>", "its name")
        .action((name: string, options: Options) => remove(cli, name, options)),
    )
    .addCommand(
      withData(
        newCommand(
          "revoke",
          "take a version away, because a value of it got out: runs on it see the current one",
          ["secrets revoke 3", "secrets revoke a1b2c3d4-5678-90ab-cdef-EXAMPLE11111 --stack Orders"],
        ),
      )
        .option("--stack <stack>", "a stack in AWS instead: called with your rights there")
        .argument("<version>", "its number; in AWS its id")
        .action((version: string, options: Options) => revoke(cli, version, options)),
    )
    .addCommand(secretsLogCommand(cli))
    .addCommand(repinCommand(cli));
}
