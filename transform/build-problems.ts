/**
 * What only a whole build can say: esbuild's errors, tasks with one id in two files, no tasks at all.
 */
import type { BuildFailure, BuildResult, Message } from "esbuild";
import { type LoadedModule, PLUGIN_NAME } from "./plugin.ts";
import { codeFrame, type Problem, problemWithoutPlace, type Severity } from "./problems.ts";

/** The problem of a folder without tasks. */
export function noTasks(dir: string): Problem {
  return problemWithoutPlace(
    "HF116",
    `No file under ${dir} calls \`task({ id, run })\` of "holdfast".`,
    'Add a file with `export const hello = task({ id: "hello", run: async () => { … } })`, or name another folder.',
  );
}

/** Tasks whose id is taken by a task in another file. */
export function duplicateTasks(modules: readonly LoadedModule[]): Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { tasks, source } of modules) {
    for (const { id, file, line } of tasks) {
      const known = first.get(id);
      first.set(id, known ?? `${file}:${line}`);
      if (known === undefined) continue;
      problems.push({
        code: "HF111",
        severity: "error",
        file,
        line,
        column: 1,
        message: `The task at ${known} has the id "${id}" too.`,
        fix: "Give one of them another id.",
        frame: codeFrame(source, line, 1),
      });
    }
  }
  return problems;
}

/** esbuild's errors, and its warnings about the author's files. */
export function buildMessages(result: BuildResult | BuildFailure): Problem[] {
  const errors = (result.errors ?? []).filter(({ pluginName }) => pluginName !== PLUGIN_NAME);
  const warnings = (result.warnings ?? []).filter(
    ({ location }) => !/(^|\/)node_modules\//.test(location?.file ?? ""),
  );
  return [
    ...errors.map((error) => messageProblem(error, "error")),
    ...warnings.map((each) => messageProblem(each, "warning")),
  ];
}

function messageProblem(message: Message, severity: Severity): Problem {
  const unresolved = message.text.startsWith("Could not resolve");
  const code = unresolved ? "HF114" : "HF115";
  const fix = unresolved
    ? "Install the package, or correct the path of the import."
    : "Correct what the message says; the page of the code says more.";
  const text = /[.!?]$/.test(message.text) ? message.text : `${message.text}.`;
  const { location } = message;
  if (location === null) return { ...problemWithoutPlace(code, text, fix), severity };
  const { file, line, column, lineText, length } = location;
  const frame = codeFrame(`${"\n".repeat(line - 1)}${lineText}`, line, column + 1, length)
    .split("\n")
    .filter((each) => !/^ +\d+ \|$/.test(each))
    .join("\n");
  return { code, severity, file, line, column: column + 1, message: text, fix, frame };
}
