/**
 * The child process that builds the functions' code: a request in the arguments, an answer on standard output.
 *
 * Never:     writes anything else to standard output; warnings go to standard error.
 * Invariant: what is wrong with the author's files is told as it is by `holdfast build`.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MachineName, machines, memoryMb, mostMbInAws, usualMachine } from "../engine/machines.ts";
import { bundleFunctions } from "../transform/bundle-functions.ts";
import type { Manifest } from "../transform/manifest.ts";
import { formatProblem } from "../transform/problems.ts";
import { installPackages, type Processor } from "./install.ts";
import { InfraError, type infraProblems } from "./problems.ts";
import { dropMapsOfPackages } from "./source-maps.ts";

/** What to build, and where to. */
export interface BuildRequest {
  readonly dir: string;
  readonly projectRoot?: string;
  readonly outDir: string;
  /** What the functions run on. */
  readonly processor: Processor;
}

/** What became of it. */
export type BuildAnswer =
  | {
      readonly codeVersion: string;
      readonly memory: number;
      readonly asked: readonly number[];
      readonly longMachine?: MachineName;
    }
  | { readonly code: keyof typeof infraProblems; readonly what: string; readonly fix: string };

function rootAbove(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : rootAbove(dirname(folder));
}

async function build(request: BuildRequest): Promise<BuildAnswer> {
  const packageRoot = rootAbove(dirname(fileURLToPath(import.meta.url)));
  const check = (manifest: Manifest): void => {
    refuseSecretive(manifest);
    memoryFor(manifest);
    longMachineFor(manifest);
  };
  const built = await bundleFunctions({ ...request, packageRoot, check });
  if (built.noTasks) {
    const fix = 'Export one: export const hello = task({ id: "hello", run: async () => "hi" }).';
    throw new InfraError("HF602", `No file under ${request.dir} defines a task.`, fix);
  }
  const told = (severity: string): string[] =>
    built.problems
      .filter((problem) => problem.severity === severity)
      .map((problem) => formatProblem(problem));
  if (!built.ok) {
    const what = `The task files in ${request.dir} have errors.\n\n${told("error").join("\n\n")}\n`;
    throw new InfraError("HF602", what, "Each error above says how it is put right.");
  }
  const { memory, asked } = memoryFor(built.manifest);
  const most = Math.max(...asked);
  if (most > mostMbInAws)
    process.stderr.write(
      `A task asks for a machine of ${most} MB; in AWS it gets ${mostMbInAws}, which is all there is.\n`,
    );
  for (const warning of told("warning")) process.stderr.write(`${warning}\n\n`);
  await dropMapsOfPackages(join(request.outDir, "dispatcher"));
  await dropMapsOfPackages(join(request.outDir, "dispatcher", "planner"));
  await installPackages(built.packages, join(request.outDir, "dispatcher"), request.processor);
  const longMachine = longMachineFor(built.manifest);
  return { codeVersion: built.codeVersion, memory, asked, ...(longMachine && { longMachine }) };
}

/** The largest machine of those that are to work on `longRunning` tasks; undefined: there are none. */
function longMachineFor({ tasks, machine }: Manifest): MachineName | undefined {
  const unread = tasks.find(({ longRunning }) => longRunning === null);
  if (unread !== undefined) {
    const what = `The longRunning of task "${unread.id}" (${unread.file}:${unread.line}) is not written in the source.`;
    throw new InfraError("HF602", what, "Write true: it decides on what the stack is made of.");
  }
  const long = tasks.filter(({ longRunning }) => longRunning === true);
  const asked = long.map((task) => (task.machine ?? machine ?? usualMachine) as MachineName);
  return asked.sort((a, b) => megabytes(b) - megabytes(a))[0];
}

function refuseSecretive({ tasks }: Manifest): void {
  const secretive = tasks.find(({ webhookSecret }) => webhookSecret === null);
  if (secretive !== undefined) {
    const what = `The webhookSecret of task "${secretive.id}" (${secretive.file}:${secretive.line}) is not written in the source.`;
    throw new InfraError(
      "HF602",
      what,
      "Write the setting's name as a string: the api function does not load the tasks.",
    );
  }
}

/** Megabytes of the machines that are asked for. A `longRunning` task gets its own from Fargate. */
function memoryFor({ tasks, machine, largerMachine }: Manifest): {
  memory: number;
  asked: readonly number[];
} {
  const each = tasks.flatMap((task) => {
    for (const name of ["machine", "largerMachine"] as const) {
      if (task[name] !== null) continue;
      const what = `The ${name === "machine" ? "machine" : "retry.outOfMemory.machine"} of task "${task.id}" (${task.file}:${task.line}) is not written in the source.`;
      throw new InfraError(
        "HF602",
        what,
        "Write its name as a string: it decides on the memory of the function.",
      );
    }
    const [own = 0, larger = 0] = [task.machine ?? machine, task.largerMachine ?? largerMachine].map(
      (name) => (name == null ? 0 : megabytes(name)),
    );
    return task.longRunning === true ? [] : [{ own, larger }];
  });
  const least = each.length === 0 ? 0 : Math.min(...each.map(({ own }) => own));
  const asked = new Set(each.flatMap(({ own, larger }) => [own, larger]).filter((size) => size > 0));
  return { memory: least, asked: [...asked].sort((a, b) => a - b) };
}

function megabytes(name: string): number {
  if (Object.hasOwn(machines, name)) return memoryMb(name as MachineName);
  const fix = `Let the task ask for one of ${Object.keys(machines).join(", ")}.`;
  throw new InfraError("HF602", `A task asks for the machine "${name}", which there is not.`, fix);
}

const [, , request] = process.argv;
if (request !== undefined) {
  const answer = await build(JSON.parse(request) as BuildRequest).catch((error: unknown): BuildAnswer => {
    if (error instanceof InfraError) {
      const { code, fix } = error;
      return { code, what: error.message.slice(code.length + 1, -fix.length - 1), fix };
    }
    throw error;
  });
  process.stdout.write(JSON.stringify(answer));
}
