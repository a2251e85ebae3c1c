/**
 * Which tasks are in a bundle: asked of a child process, and checked.
 *
 * Never: loads the author's code into this process.
 */
import type { ChildProcess } from "node:child_process";
import { type Code, HoldfastError } from "../engine/errors.ts";
import type { Clock } from "../engine/ports.ts";
import { authorLines } from "./author-lines.ts";
import type { Asked } from "./describe-child.ts";
import type { TaskInfo } from "./hosts.ts";
import { endGroup } from "./process-group.ts";
import type { Spares } from "./spares.ts";

/** How long the author's files may take to load. */
const patienceMs = 30_000;

/** What a bundle says of itself. */
export interface Description {
  readonly tasks: readonly TaskInfo[];
  /** The names of its concurrency limits. */
  readonly limits: readonly string[];
}

/** What the child answers. */
export type Described =
  | Description
  | {
      readonly problem: {
        readonly code: Code;
        readonly what: string;
        readonly fix: string;
        readonly stack?: string;
      };
    };

/** What is needed of the surroundings. */
export interface DescribeDeps {
  readonly clock: Clock;
  readonly spares: Spares;
  /** Where the secrets are that the files may read when they are loaded. */
  readonly dataFolder: string;
}

const topLevel =
  "What stands at the top of a task file runs when it is loaded: it has to come to an end by itself.";

function unloadable(what: string): Described {
  return { problem: { code: "HF408", what, fix: topLevel } };
}

function answerOf(
  child: ChildProcess,
  path: string,
  { clock, dataFolder }: DescribeDeps,
): Promise<Described> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, () =>
      resolve(unloadable(`The task files were not loaded after ${patienceMs / 1000} s.`)),
    );
    const answer = (described: Described): void => {
      cancel();
      resolve(described);
    };
    child.once("message", (message) => answer(message as Described));
    child.on("error", (error) =>
      answer(unloadable(`The process to load the task files did not start: ${error.message}.`)),
    );
    child.once("exit", (code, signal) =>
      answer(unloadable(`The process that loaded the task files ended (${signal ?? `exit code ${code}`}).`)),
    );
    const asked: Asked = { path, dataFolder };
    child.send(asked, () => {});
  });
}

function check({ tasks, limits }: Description): Description {
  if (tasks.length === 0) {
    throw new HoldfastError(
      "HF403",
      "No task was found in the task files.",
      `Export one: export const hello = task({ id: "hello", run: async () => "hi" }).`,
    );
  }
  const files = new Map<string, string>();
  for (const { id, file = "an unknown file" } of tasks) {
    const other = files.get(id);
    if (other !== undefined) {
      throw new HoldfastError(
        "HF502",
        `Two tasks have the id "${id}": one in ${other}, one in ${file}.`,
        "Give one of them another id: runs are found by it.",
      );
    }
    files.set(id, file);
  }
  return { tasks, limits };
}

/**
 * The tasks and limits of a bundle file.
 * @throws HoldfastError HF408 when it does not load, HF403 without any task, HF502 for two with one id
 */
export async function describeBundle(path: string, deps: DescribeDeps): Promise<Description> {
  const child = deps.spares.describer();
  try {
    const described = await answerOf(child, path, deps);
    if ("tasks" in described) return check(described);
    const { code, what, fix, stack = "" } = described.problem;
    throw new HoldfastError(code, `${what}${authorLines(stack, process.cwd())}`, fix);
  } finally {
    if (child.pid !== undefined) endGroup(child.pid);
  }
}
