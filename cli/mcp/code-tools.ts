/**
 * The tools about the author's code.
 *
 * Never: looks at files outside of the folder in which it was started; runs the author's code in this process, whose output is
 *        the protocol.
 */
import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import * as z from "zod";
import { packageRoot } from "../../local/package-root.ts";
import { explained } from "../commands/explain.ts";
import { UsageError } from "../failure.ts";
import { type Tool, tool } from "./tool.ts";

const file = z.string().min(1).describe("path of a task file, relative to the project's folder");

/** The path, if it is one of this folder. @throws UsageError */
async function own(path: string): Promise<string> {
  const [found, here] = await Promise.all([realpath(path).catch(() => path), realpath(".")]);
  const from = relative(here, found);
  if (from === ".." || from.startsWith(`..${sep}`) || from.startsWith(sep))
    throw new UsageError(`${path} is not in this project's folder.`, "Give a path within it.");
  return path;
}

/** What `holdfast explain` says. */
export const explainTool: Tool = tool({
  name: "explain_file",
  title: "What becomes of a file",
  description:
    "The transformed code of a task file, its calls that are checkpoints, its tasks, and its problems with their fixes.",
  input: { file },
  async run(args) {
    const { map: _, ...made } = await explained(await own(args.file));
    return made;
  },
});

const ownCli = join(packageRoot, "dist", "programs", "main.js");

/** Findings make it end with 1, and are an answer all the same. */
function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const room = { maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [ownCli, ...args], room, (error, stdout, stderr) => {
      if (stdout.trim() !== "") resolve(stdout);
      else reject(new UsageError(stderr.trim() || String(error), "Look at the file with explain_file."));
    });
  });
}

/** What it has printed: a result, or what went wrong. @throws UsageError for the latter */
function resultIn(text: string): unknown {
  const printed = JSON.parse(text) as {
    readonly error?: { readonly message?: string; readonly fix?: string };
  };
  const { error } = printed;
  if (error === undefined) return printed;
  throw new UsageError(error.message ?? "It failed.", error.fix ?? "Look at the file with explain_file.");
}

/** What `holdfast crashtest` says. It makes the tasks' effects for real, so it is no tool that only looks. */
export const crashtestTool: Tool = tool({
  name: "crashtest_file",
  title: "Crash a task at every place",
  description:
    "Runs the tasks of a file again and again, each time with a crash at another place, and says what came out otherwise. The tasks' effects are made for real, in each of the runs.",
  writes: true,
  input: {
    file,
    task: z.string().optional().describe("only this task of the file"),
    payload: z.unknown().optional().describe("what the tasks are run with"),
    seeds: z.number().int().min(0).max(1_000).default(0).describe("runs with random crashes besides"),
  },
  async run({ file: path, task, payload, seeds }) {
    const text = await outputOf([
      ...["crashtest", await own(path), "--json", "--seeds", String(seeds)],
      ...(task === undefined ? [] : ["--task", task]),
      ...(payload === undefined ? [] : ["--payload", JSON.stringify(payload)]),
    ]);
    return resultIn(text);
  },
});
