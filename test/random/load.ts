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

function evaluate(code: string, modules: Modules): Record<string, unknown> {
  const { code: js } = transformSync(code, { loader: "ts", format: "cjs", target: "node20" });
  const exports: Record<string, unknown> = {};
  const require = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`no module ${name}`);
    return modules[name];
  };
  new Function("exports", "require", "module", js)(exports, require, { exports });
  return exports;
}

/** Defines the tasks of `source`, transformed, under ids made unique by `suffix`; gives the transformed code. */
export function loadDurable(source: string, suffix: string, modules: Modules): string {
  const named = source.replace(/id: "([^"]+)"/g, `id: "$1-${suffix}"`);
  const { code, problems, tasks } = transform(named, { file: "tasks/program.ts" });
  for (const { id } of tasks) forget(id);
  forgetHooks();
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((each) => JSON.stringify(each)).join("\n"));
  evaluate(code, { holdfast: sdk, "holdfast/runtime": runtime, ...modules });
  return code;
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
  evaluate(source, { holdfast: { task, wait }, ...modules });
  if (run === undefined) throw new Error("no task");
  return run;
}
