/**
 * `trigger.config.ts` as it is in a project of Trigger.dev's: what of it applies here, and what does not.
 *
 * Owns:      the names of the file, the form of what is read, and the problems HF120 and HF136.
 * Never:     fails for an option that Holdfast has no use for: it is listed.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { configHooks } from "./config-hooks.ts";
import type { ConfigReport } from "./config-report.ts";
import { evaluateConfig } from "./evaluate-config.ts";
import { type Problem, problemWithoutPlace } from "./problems.ts";

const extensions = ["ts", "mts", "cts", "js", "mjs", "cjs"];

/** The config of a folder; undefined where there is none. */
export function configFileIn(folder: string): string | undefined {
  return extensions.map((end) => join(folder, `trigger.config.${end}`)).find((path) => existsSync(path));
}

/** As `engine/machines.ts` has them; a test ties the two. */
export const machineNames = [
  "micro",
  "small-1x",
  "small-2x",
  "medium-1x",
  "medium-2x",
  "large-1x",
  "large-2x",
] as const;

const retry = z.object({
  maxAttempts: z.int().min(1).optional(),
  factor: z.number().optional(),
  minTimeoutInMs: z.number().optional(),
  maxTimeoutInMs: z.number().optional(),
  randomize: z.boolean().optional(),
  outOfMemory: z.object({ machine: z.enum(machineNames) }).optional(),
});

const texts = z.array(z.string().min(1));

const form = z.object({
  dirs: texts.optional(),
  triggerDirectories: texts.optional(),
  ignorePatterns: texts.optional(),
  tsconfig: z.string().min(1).optional(),
  tsconfigPath: z.string().min(1).optional(),
  retries: z.object({ enabledInDev: z.boolean().optional(), default: retry.optional() }).optional(),
  maxDuration: z.number().positive().optional(),
  machine: z.enum(machineNames).optional(),
  ttl: z.union([z.string().min(1), z.number().min(0)]).optional(),
  logLevel: z.enum(["none", "error", "warn", "log", "info", "debug"]).optional(),
  external: texts.optional(),
  conditions: texts.optional(),
  jsx: z.object({ automatic: z.boolean().optional() }).loose().optional(),
});

type Form = z.infer<typeof form>;

/** What holds for all tasks of a project that do not say otherwise; put into their bundle. */
interface TaskDefaults {
  readonly retry?: z.infer<typeof retry>;
  /** Nothing is tried again, whatever a task says. */
  readonly noRetries?: true;
  /** Seconds. */
  readonly maxDuration?: number;
  readonly machine?: (typeof machineNames)[number];
  readonly ttl?: string | number;
  readonly logLevel?: NonNullable<Form["logLevel"]>;
}

/** A config, read. */
export interface ProjectConfig {
  /** Folders and globs as they are written; undefined: every folder called `trigger`. */
  readonly dirs: readonly string[] | undefined;
  readonly ignorePatterns: readonly string[] | undefined;
  readonly tsconfig: string | undefined;
  /** Packages that stay outside of the bundle. */
  readonly external: readonly string[];
  readonly conditions: readonly string[];
  readonly jsxAutomatic: boolean;
  readonly defaults: TaskDefaults;
  /** The hooks that it has, and its path. */
  readonly hooks: readonly string[];
  readonly file: string;
}

/** What reading a config gave: without `config` there is a problem that stops the build. */
export interface ReadConfig {
  readonly config: ProjectConfig | undefined;
  readonly problems: readonly Problem[];
}

const used = [...Object.keys(form.shape), "build", ...configHooks];
const usedOfBuild = ["external", "conditions", "jsx", "extensions"];
/** Bundling by Trigger.dev's rules, or as good as that, is what the build does anyhow. */
const anyhow = [
  "autoDetectExternal",
  "experimental_autoDetectExternal",
  "keepNames",
  "experimental_keepNames",
];

/** Reads a config file. `isDev`: for `holdfast dev`, where `retries.enabledInDev` counts. */
export async function readConfig(file: string, isDev: boolean): Promise<ReadConfig> {
  const name = basename(file);
  const found = await evaluateConfig(file);
  if ("wrong" in found) return { config: undefined, problems: [unreadable(name, found.wrong)] };
  const parsed = form.safeParse(found.values);
  if (parsed.success)
    return {
      config: {
        ...configOf(parsed.data, isDev),
        hooks: configHooks.filter((hook) => found.given.includes(hook)),
        file,
      },
      problems: unused(name, found),
    };
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const why = notRead(found.values, path) ?? `${issue?.message ?? "It has another form"}.`;
  return {
    config: undefined,
    problems: [unreadable(name, `Its \`${path.join(".")}\` cannot be used: ${why}`)],
  };
}

/** What stands where a value was wanted, if it is not one that can be known without loading packages. */
function notRead(values: unknown, path: readonly PropertyKey[]): string | undefined {
  const at = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], values);
  const from = (at as { notRead?: string } | undefined)?.notRead;
  return from === undefined ? undefined : `It is ${from}, which is not read.`;
}

function configOf(read: Form, isDev: boolean): Omit<ProjectConfig, "hooks" | "file"> {
  const { retries, maxDuration, machine, ttl, logLevel } = read;
  return {
    dirs: read.dirs ?? read.triggerDirectories,
    ignorePatterns: read.ignorePatterns,
    tsconfig: read.tsconfig ?? read.tsconfigPath,
    external: read.external ?? [],
    conditions: read.conditions ?? [],
    jsxAutomatic: read.jsx?.automatic !== false,
    defaults: {
      ...(retries?.default === undefined ? {} : { retry: retries.default }),
      ...(isDev && retries?.enabledInDev === false ? { noRetries: true } : {}),
      // Trigger.dev's `timeout.None`.
      ...(maxDuration === undefined || maxDuration >= 2_147_483_647 ? {} : { maxDuration }),
      ...(machine === undefined ? {} : { machine }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(logLevel === undefined ? {} : { logLevel }),
    },
  };
}

function unreadable(file: string, what: string): Problem {
  const fix =
    "Write what it takes from packages as plain values: packages are not loaded for reading it. Or give the folder of the task files, with --dir, after moving the config elsewhere.";
  return problemWithoutPlace("HF120", what, fix, file);
}

function unused(file: string, { given, build, extensions: parts }: ConfigReport): readonly Problem[] {
  const names = [
    ...given.filter((name) => !used.includes(name)),
    ...build
      .filter((name) => !usedOfBuild.includes(name) && !anyhow.includes(name))
      .map((name) => `build.${name}`),
    ...(parts.length === 0 ? [] : [`build.extensions (${parts.join(", ")})`]),
  ];
  // Trigger.dev wants `project` of everybody: alone it is nothing that anybody could leave out.
  if (names.every((name) => name === "project")) return [];
  const fix = "Nothing has to be done for most of them: docs/errors/HF136.md tells what stands in for each.";
  return [problemWithoutPlace("HF136", `Without effect here: ${names.join(", ")}.`, fix, file)];
}
