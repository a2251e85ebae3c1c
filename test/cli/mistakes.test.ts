/** A first mistake with each command: what is said is enough to put it right. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import type { Cli } from "../../cli/command.ts";
import { report } from "../../cli/failure.ts";
import { answering } from "../../cli/misuse.ts";
import { makeScreen } from "../../cli/print.ts";
import { programOf } from "../../cli/program.ts";

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Parses arguments as `holdfast` does. None of the mistakes gets as far as a command's own code. */
async function said(...args: string[]): Promise<Said> {
  let out = "";
  let err = "";
  const screen = makeScreen({ write: (text) => (out += text) }, { write: (text) => (err += text) }, false);
  const cli: Cli = {
    screen,
    config: { env: {} } as Cli["config"],
    version: "0.0.0",
    interruption: () => AbortSignal.abort(),
  };
  const json = args.includes("--json");
  try {
    await answering(programOf(cli), screen, json).parseAsync(args, { from: "user" });
    return { code: 0, out, err };
  } catch (error) {
    return { code: report(error, screen, { json, verbose: false }), out, err };
  }
}

/** The words that lead to each command that does something. */
function leavesOf(command: Command, words: readonly string[] = []): (readonly [string[], Command])[] {
  const below = command.commands.filter((each) => each.name() !== "complete");
  if (below.length === 0) return [[[...words], command]];
  return below.flatMap((each) => leavesOf(each, [...words, each.name()]));
}
const program = programOf({ version: "0.0.0" } as Cli);
const leaves = leavesOf(program);
/** These hand all that they do not know on to another program, or have no options. */
const ownOptions = leaves.filter(([words]) => !["deploy", "completions"].includes(words.join(" ")));

test("an option that a command does not have is refused with how it is written, and an example that it takes", async () => {
  expect(ownOptions.length).toBeGreaterThan(35);
  for (const [words] of ownOptions) {
    const { code, out, err } = await said(...words, "--nonesuch");
    expect([words, code, out]).toEqual([words, 2, ""]);
    expect(err).toMatch(/^error (unknown option '--nonesuch'|required option)/);
    expect(err).toContain(`\nfix Write: holdfast ${words.join(" ")} [options]`);
    expect(err).toContain(`, such as: holdfast `);
  }
});

test("an argument that is missing is told by its name, with an example", async () => {
  const needing = leaves.filter(([, { registeredArguments }]) =>
    registeredArguments.some(({ required }) => required),
  );
  expect(needing.length).toBeGreaterThan(15);
  for (const [words, { registeredArguments }] of needing) {
    const name = registeredArguments.find(({ required }) => required)?.name() ?? "";
    const { code, err } = await said(...words);
    // `fork` is told first that it does not know from where.
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(new RegExp(`^error (missing required argument '${name}'|required option)`)),
    ]);
    expect(err).toContain(`fix Write: holdfast ${words.join(" ")} `);
  }
});

test("a command that is not there is answered with those that are, and the nearest", async () => {
  const top = await said("tirgger", "hello");
  expect([top.code, top.err]).toEqual([2, expect.stringContaining("(Did you mean trigger?)")]);
  expect(top.err).toContain("There are init, dev, serve, ");
  const below = await said("schedules", "stop", "x");
  expect(below.err).toContain(
    "Write: holdfast schedules <command>. There are list, activate, deactivate, delete;",
  );
});

test("with --json a mistake is JSON on stdout, with its fix", async () => {
  const { code, out, err } = await said("trigger", "--json");
  expect([code, err]).toEqual([2, ""]);
  expect(JSON.parse(out)).toEqual({
    error: {
      message: "missing required argument 'task'",
      fix: expect.stringContaining("holdfast trigger hello"),
    },
  });
});

test("a status, a limit or an attempt that there cannot be is told with what there can", async () => {
  const status = await said("runs", "list", "--status", "faild");
  expect([status.code, status.err]).toEqual([
    2,
    expect.stringContaining("There are pending_version, delayed, queued,"),
  ]);
  const limit = await said("runs", "list", "--limit", "1000");
  expect([limit.code, limit.err]).toEqual([
    2,
    expect.stringContaining("It is a whole number, from 1 to 100."),
  ]);
  const attempt = await said("logs", "run_x", "--attempt", "first");
  expect([attempt.code, attempt.err]).toEqual([
    2,
    expect.stringContaining("It is a whole number, 1 or more."),
  ]);
  const dead = await said("resume", "--status", "completed");
  expect([dead.code, dead.err]).toEqual([
    2,
    expect.stringContaining("There are failed, crashed, timed_out, system_failure."),
  ]);
});

test("a secret's value among the arguments is refused, and not repeated", async () => {
  const { code, err } = await said("secrets", "set", "STRIPE_KEY", "sk_live_1");
  expect([code, err]).toEqual([2, expect.stringContaining("it is asked for")]);
  expect(err).not.toContain("sk_live_1");
});
