/**
 * Loads a task file's text: as written, or transformed.
 */
import { transformSync } from "esbuild";
import type { Clock } from "../../engine/ports.ts";
import * as runtime from "../../engine/runtime.ts";
import { durationMs } from "../../sdk/duration.ts";
import { forgetHooks } from "../../sdk/global-hooks.ts";
import * as sdk from "../../sdk/index.ts";
import { forget } from "../../sdk/registry.ts";
import { transform } from "../../transform/transform.ts";

type Modules = Readonly<Record<string, unknown>>;

/** What was made of the texts that came last: one program is loaded for each of its runs and replays. */
const made = new Map<string, unknown>();

function onceOf<T>(kind: string, text: string, make: (text: string) => T): T {
  const key = `${kind} ${text}`;
  if (!made.has(key)) {
    if (made.size >= 8) made.clear();
    made.set(key, make(text));
  }
  return made.get(key) as T;
}

const asCommonJs = (code: string): string =>
  onceOf("js", code, () => transformSync(code, { loader: "ts", format: "cjs", target: "node20" }).code);

function evaluate(js: string, modules: Modules): void {
  const exports: Record<string, unknown> = {};
  const require = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`no module ${name}`);
    return modules[name];
  };
  new Function("exports", "require", "module", js)(exports, require, { exports });
}

/** Stands in the compiled text for what makes the ids of one load unique. */
const placeholder = "of-this-load";

function transformed(source: string): { code: string; ids: readonly string[] } {
  const named = source.replace(/id: "([^"]+)"/g, `id: "$1-${placeholder}"`);
  const { code, problems, tasks } = transform(named, { file: "tasks/program.ts" });
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((each) => JSON.stringify(each)).join("\n"));
  return { code, ids: tasks.map(({ id }) => id) };
}

/** Defines the tasks of `source`, transformed, under ids made unique by `suffix`; gives the transformed code. */
export function loadDurable(source: string, suffix: string, modules: Modules): string {
  const { code, ids } = onceOf("transformed", source, transformed);
  const unique = (text: string): string => text.replaceAll(placeholder, suffix);
  for (const id of ids) forget(unique(id));
  forgetHooks();
  evaluate(unique(asCommonJs(code)), { holdfast: sdk, "holdfast/runtime": runtime, ...modules });
  return unique(code);
}

/** Runs `source` as written, on the same virtual clock. */
export function loadPlain(
  source: string,
  clock: Clock,
  modules: Modules,
): (payload: unknown) => Promise<unknown> {
  let run: ((payload: unknown) => Promise<unknown>) | undefined;
  const task = (options: { run: typeof run }): unknown => {
    run = options.run;
    return options;
  };
  const wait = {
    for: (duration: never) => new Promise<void>((resolve) => void clock.after(durationMs(duration), resolve)),
  };
  evaluate(asCommonJs(source), { holdfast: { task, wait }, ...modules });
  if (run === undefined) throw new Error("no task");
  return run;
}
