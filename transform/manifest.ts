/**
 * What a bundle says about itself.
 *
 * Owns:      the manifest's form. `format` is raised when it changes.
 * Invariant: sorted, so that the same files give the same text.
 */
import type { LoadedModule } from "./plugin.ts";
import type { ProjectConfig } from "./project-config.ts";
import type { FoundTask } from "./tasks.ts";
import type { FoundEndpoint } from "./webhooks.ts";

/** A site, for people: what is called, where. */
export interface ManifestSite {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly function: string;
}

/** The description that is kept beside a bundle. */
export interface Manifest {
  readonly format: 1;
  /** First 16 hex digits of the SHA-256 of the bundle's code. */
  readonly codeVersion: string;
  readonly tasks: readonly FoundTask[];
  /** By site id. */
  readonly sites: Readonly<Record<string, ManifestSite>>;
  /** What tasks ask for that say nothing: the config's. */
  readonly machine?: string;
  /** Where runs of tasks that say nothing of `retry` go on that are out of memory: the config's. */
  readonly largerMachine?: string;
  /** Where deliveries come to, and what waiters match; absent without any. */
  readonly webhooks?: {
    readonly endpoints: readonly FoundEndpoint[];
    readonly matches: readonly (readonly string[])[];
  };
  /** How many problems the build reported. */
  readonly problems: number;
}

/** Puts a manifest together. */
export function manifestOf(
  modules: readonly LoadedModule[],
  codeVersion: string,
  problems: number,
  config?: Pick<ProjectConfig, "defaults" | "hooks">,
): Manifest {
  const sites: Record<string, ManifestSite> = {};
  for (const module of modules) {
    for (const { id, name, line, column, function: path } of module.sites) {
      sites[id] = { name, file: module.file, line, column, function: path };
    }
  }
  const { machine, retry } = config?.defaults ?? {};
  const largerMachine = retry?.outOfMemory?.machine;
  const found = modules.flatMap((module) => module.tasks).sort((a, b) => (a.id < b.id ? -1 : 1));
  const tasks = haveEndHooks(modules, config) ? found.map(hooked) : found;
  const webhooks = webhooksOf(modules);
  return {
    format: 1,
    codeVersion,
    tasks,
    sites,
    problems,
    ...(machine === undefined ? {} : { machine }),
    ...(largerMachine === undefined ? {} : { largerMachine }),
    ...(webhooks === undefined ? {} : { webhooks }),
  };
}

const hooked = (task: FoundTask): FoundTask => ({ ...task, hasEndHooks: true });
const setsEndHook = /\.on(?:Failure|Complete)\b/;

/** May all tasks have hooks for ends of which no pass knows? One that has none costs a pass at such an end, no more. */
const haveEndHooks = (modules: readonly LoadedModule[], config?: Pick<ProjectConfig, "hooks">): boolean =>
  config?.hooks.some((name) => name === "onFailure" || name === "onComplete") === true ||
  modules.some(({ source }) => setsEndHook.test(source));

/** The same paths are looked for once, however many waiters match them. */
function webhooksOf(modules: readonly LoadedModule[]): Manifest["webhooks"] {
  const endpoints = modules.flatMap((module) => module.endpoints).sort((a, b) => (a.id < b.id ? -1 : 1));
  const texts = modules.flatMap((module) => module.matches.map((paths) => JSON.stringify(paths)));
  const matches = [...new Set(texts)].sort().map((text) => JSON.parse(text) as string[]);
  return endpoints.length === 0 ? undefined : { endpoints, matches };
}
