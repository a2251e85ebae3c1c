/**
 * What only a whole build can say: esbuild's errors, tasks with one id in two files, endpoints that no file defines, no tasks at all.
 */
import { SourceMap } from "node:module";
import type { BuildFailure, BuildResult, Location, Message } from "esbuild";
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

/** Webhooks that name an endpoint which no file defines: nothing would ever come there. */
export function unknownEndpoints(modules: readonly LoadedModule[]): Problem[] {
  const known = new Set(modules.flatMap(({ endpoints }) => endpoints.map(({ id }) => id)));
  const names = [...known].sort().map((id) => JSON.stringify(id));
  return modules.flatMap(({ tasks, source }) =>
    tasks.flatMap(({ id, file, line, webhook }): Problem[] => {
      if (webhook === undefined || known.has(webhook.endpoint)) return [];
      return [
        {
          code: "HF121",
          severity: "error",
          file,
          line,
          column: 1,
          message: `The webhook "${id}" is for the endpoint ${JSON.stringify(webhook.endpoint)}, which no file defines.`,
          fix: `Define it with webhooks.endpoint.define(), or correct its id. There ${names.length === 0 ? "is none" : `are: ${names.join(", ")}`}.`,
          frame: codeFrame(source, line, 1),
        },
      ];
    }),
  );
}

/** esbuild's errors, and its warnings about the author's files, at their places in the author's source. */
export function buildMessages(
  result: BuildResult | BuildFailure,
  modules: readonly LoadedModule[],
): Problem[] {
  const errors = (result.errors ?? []).filter(({ pluginName }) => pluginName !== PLUGIN_NAME);
  const warnings = (result.warnings ?? []).filter(({ location }) => !isForeign(location?.file ?? ""));
  return [
    ...errors.map((error) => messageProblem(error, "error", modules)),
    ...warnings.map((warning) => messageProblem(warning, "warning", modules)),
  ];
}

function isForeign(file: string): boolean {
  return /(^|\/)node_modules\//.test(file);
}

function messageProblem(message: Message, severity: Severity, modules: readonly LoadedModule[]): Problem {
  const { code, text, fix } = missing(message.text) ?? told(message.text);
  if (message.location === null) return { ...problemWithoutPlace(code, text, fix), severity };
  return { code, severity, message: text, fix, ...placeOf(message.location, modules) };
}

interface Words {
  readonly code: "HF114" | "HF115";
  readonly text: string;
  readonly fix: string;
}

function told(text: string): Words {
  const whole = /[.!?]$/.test(text) ? text : `${text}.`;
  return text.startsWith("Could not resolve")
    ? { code: "HF114", text: whole, fix: "Install the package, or correct the path of the import." }
    : { code: "HF115", text: whole, fix: "Correct what the message says; the page of the code says more." };
}

/** What a file takes of Trigger.dev's SDK and Holdfast does not have. */
function missing(text: string): Words | undefined {
  const entry = /^Could not resolve "(@trigger\.dev\/[^"]+)"/.exec(text)?.[1];
  const fix = "Take out what needs it: docs/errors/HF114.md tells what of Trigger.dev's SDK is not there.";
  if (entry !== undefined) return { code: "HF114", text: `Holdfast has no "${entry}".`, fix };
  const name = /^No matching export in "[^"]*\b(?:sdk|prepared)\/index\.[jt]s" for import "([^"]+)"/.exec(
    text,
  )?.[1];
  return name === undefined ? undefined : { code: "HF114", text: `Holdfast has no "${name}".`, fix };
}

/** esbuild sees transformed code: a place in it is led back to the author's source. */
function placeOf(
  { file, line, column, lineText, length }: Location,
  modules: readonly LoadedModule[],
): Pick<Problem, "file" | "line" | "column" | "frame"> {
  const module = modules.find((each) => each.file === file);
  if (module === undefined) {
    const frame = codeFrame(lineText, 1, column + 1, length).replace(/^> 1/, `> ${line}`);
    return { file, line, column: column + 1, frame };
  }
  const entry = new SourceMap(JSON.parse(module.map)).findEntry(line - 1, column);
  const origin =
    "originalLine" in entry
      ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
      : { line: 1, column: 1 };
  return { file, ...origin, frame: codeFrame(module.source, origin.line, origin.column, length) };
}
