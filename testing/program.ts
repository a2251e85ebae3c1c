/**
 * The task files of a folder, built once, and evaluated for each process that is to be another one.
 *
 * Owns:      what a bundle sees of the process around it.
 * Invariant: nothing of one evaluation reaches the next, but for packages outside of the bundle, which Node keeps.
 */
import { createRequire, isBuiltin, SourceMap } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { HoldfastError } from "../engine/errors.ts";
import { loadAdvice } from "../engine/load-advice.ts";
import * as runtime from "../engine/runtime.ts";
import { forgetSites } from "../engine/sites.ts";
import type { Apart, Definitions } from "../sdk/apart.ts";
import * as host from "../sdk/host.ts";
import * as sdk from "../sdk/index.ts";

import { type Bundle, bundle } from "../transform/bundle.ts";
import { embedded } from "../transform/embedded.ts";
import { projectOf } from "../transform/project.ts";
import { type Importer, importerAt } from "./importer.ts";
import { packageRoot } from "./package-root.ts";
import type { BuiltSchedule } from "./scheduled.ts";
import type { Problem } from "./types.ts";

/** A bundle as a function. */
type Evaluate = (
  load: Importer,
  process: NodeJS.Process,
  meta: object,
  require: (name: string) => unknown,
) => Promise<void>;

const own: Readonly<Record<string, unknown>> = {
  holdfast: sdk,
  "holdfast/runtime": runtime,
  "holdfast/host": host,
};

const ownFrame = /^\s+at .*[\\/](engine|sdk|testing)[\\/][\w-]+\.[jt]s/;

const bundleName = "holdfast-testing.mjs";

/** Task files that were built. */
export class Program {
  readonly problems: readonly Problem[];
  readonly codeVersion: string;
  readonly tasks: readonly { readonly id: string; readonly file: string }[];
  readonly isBuilt: boolean;
  readonly #schedules: ReadonlyMap<string, BuiltSchedule | undefined>;
  readonly #path: string;
  readonly #import: Importer;
  readonly #evaluate: (() => Evaluate) | undefined;
  readonly #map: SourceMap | undefined;
  readonly #root: string;

  constructor(built: Bundle, projectRoot: string) {
    this.problems = built.problems;
    this.codeVersion = built.codeVersion;
    this.tasks = built.manifest.tasks.map(({ id, file }) => ({ id, file: join(projectRoot, file) }));
    this.isBuilt = built.ok;
    this.#schedules = new Map(built.manifest.tasks.map(({ id, schedule }) => [id, schedule]));
    this.#root = projectRoot;
    this.#path = join(projectRoot, bundleName);
    this.#import = importerAt(this.#path);
    if (!built.ok) return;
    this.#map = new SourceMap(JSON.parse(built.map));
    const script = new Script(embedded(built.code), { filename: this.#path });
    this.#evaluate = () => script.runInThisContext() as Evaluate;
  }

  has(task: string): boolean {
    return this.#schedules.has(task);
  }

  /** When a task starts by itself, if it does. */
  scheduleOf(task: string): BuiltSchedule | undefined {
    return this.#schedules.get(task);
  }

  /** Evaluates all files afresh; gives what they define. */
  evaluated(apart: Apart): Promise<Definitions> {
    const evaluate = this.#evaluate;
    if (evaluate === undefined) throw new TypeError("There is no code to evaluate.");
    const outside = createRequire(this.#path);
    const load: Importer = async (name) => own[name] ?? (isBuiltin(name) ? import(name) : this.#import(name));
    const require = Object.assign((name: string) => own[name] ?? outside(name), outside);
    const meta = {
      url: pathToFileURL(this.#path).href,
      filename: this.#path,
      dirname: this.#root,
      resolve: (name: string) => pathToFileURL(outside.resolve(name)).href,
    };
    forgetSites();
    const failed = (cause: unknown): never => cannotLoad(cause, this.#root);
    return apart.evaluated(() => evaluate()(load, process, meta, require).catch(failed));
  }

  /** A stack at the lines of the author's files, without Holdfast's own. */
  authored(stack: string): string {
    const map = this.#map;
    if (map === undefined) return stack;
    const shown = stack.split("\n").filter((line) => !ownFrame.test(line) || !line.includes(packageRoot));
    return shown
      .join("\n")
      .replaceAll(/([^\s(]*holdfast-testing\.mjs):(\d+):(\d+)/g, (place, _, line, column) => {
        const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
        if (!("originalLine" in entry)) return place;
        return `${join(this.#root, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
      });
  }
}

function cannotLoad(cause: unknown, folder: string): never {
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const what = `The task files threw while they were loaded: ${why}`;
  throw new HoldfastError("HF408", what, loadAdvice(cause, folder), { cause });
}

/** Builds the task files of a folder. What is wrong with them is among the problems. */
export async function build(dir: string): Promise<Program> {
  const project = await projectOf({ dir });
  const built = await bundle({ dir, packageRoot, isEmbedded: true }, project);
  return new Program(built, project.root);
}
