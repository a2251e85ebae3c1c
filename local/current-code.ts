/**
 * The code that new runs are pinned to: kept in the data folder, described, and changed over as a whole.
 *
 * Invariant: what is current has been loaded once and has at least one task; a build that fails changes nothing.
 */
import type { DeployedCode, SiteNames, WebhookListing } from "../functions/deps.ts";
import { keptElsewhere, scheduleHere } from "../functions/schedule-here.ts";
import { webhooksOf } from "../functions/webhook-endpoints.ts";
import { type EnvironmentType, environmentType } from "../sdk/environment.ts";
import {
  type BundleFiles,
  type BundleManifest,
  keepBundle,
  keptManifests,
  manifestOf,
} from "./bundle-folder.ts";
import type { Environment } from "./config.ts";
import { type DescribeDeps, describeBundle } from "./describe.ts";
import type { TaskInfo } from "./hosts.ts";

type Sites = BundleManifest["sites"];

/** What is needed of the surroundings. */
interface CodeDeps extends Omit<DescribeDeps, "dataFolder"> {
  readonly env: Environment;
  readonly log: (line: string) => void;
}

/** The current code of a data folder. */
export class CurrentCode implements DeployedCode {
  readonly #dataFolder: string;
  readonly #deps: CodeDeps;
  readonly #here: EnvironmentType;
  #version = "";
  #kept = "";
  #tasks: ReadonlyMap<string, TaskInfo> = new Map();
  #limits: readonly string[] = [];
  #sites: Sites = {};
  #olderSites: Sites | undefined;
  #webhooks = webhooksOf({ tasks: [] });

  constructor(dataFolder: string, deps: CodeDeps) {
    this.#dataFolder = dataFolder;
    this.#deps = deps;
    this.#here = environmentType(deps.env.HOLDFAST_STAGE ?? "prod");
  }

  version(): string {
    return this.#version;
  }

  /** What a runner that is started is to load: the current code, or, before there is any, what is about to be. */
  toLoad(): string {
    return this.#version === "" ? this.#kept : this.#version;
  }

  tasks(): readonly TaskInfo[] {
    return [...this.#tasks.values()];
  }

  limits(): readonly string[] {
    return this.#limits;
  }

  task(id: string): TaskInfo | undefined {
    return this.#tasks.get(id);
  }

  webhook(id: string): WebhookListing | undefined {
    return this.#webhooks.webhook(id);
  }
  webhooks(): readonly WebhookListing[] {
    return this.#webhooks.webhooks();
  }

  matches(): readonly (readonly string[])[] {
    return this.#webhooks.matches();
  }

  /** Names of call sites. Those of older code are read when one is asked for that the current code does not have. */
  readonly site: SiteNames = (id) => {
    const site = this.#sites[id] ?? this.#older()[id];
    return site === undefined ? undefined : { name: site.name, at: `${site.file}:${site.line}` };
  };

  #older(): Sites {
    this.#olderSites ??= Object.assign(
      {},
      ...keptManifests(this.#dataFolder).map(({ sites }) => sites),
    ) as Sites;
    return this.#olderSites;
  }

  /** Puts a bundle where runners can load it. Gives the file. */
  async keep(bundle: BundleFiles): Promise<string> {
    const path = await keepBundle(this.#dataFolder, bundle);
    this.#kept = bundle.codeVersion;
    return path;
  }

  /**
   * Makes a bundle the current one. False: it was already.
   * @throws HoldfastError HF403, HF408, HF502
   */
  async change(bundle: BundleFiles): Promise<boolean> {
    const path = await this.keep(bundle);
    if (bundle.codeVersion === this.#version) return false;
    const manifest = manifestOf(bundle);
    const built = new Map(manifest.tasks.map(({ id, file, schedule }) => [id, { file, schedule }]));
    const { tasks, limits } = await describeBundle(path, { ...this.#deps, dataFolder: this.#dataFolder });
    for (const line of keptElsewhere(manifest.tasks, this.#here)) this.#deps.log(line);
    this.#tasks = new Map(tasks.map((task) => [task.id, asBuilt(task, built.get(task.id), this.#here)]));
    this.#limits = limits;
    this.#sites = manifest.sites;
    this.#webhooks = webhooksOf(manifest);
    this.#olderSites = undefined;
    this.#version = bundle.codeVersion;
    return true;
  }
}

type Built = Pick<BundleManifest["tasks"][number], "file" | "schedule">;

/** A task with what only its source tells. */
function asBuilt(
  task: TaskInfo,
  built: { [K in keyof Built]: Built[K] | undefined } | undefined,
  here: EnvironmentType,
): TaskInfo {
  if (built === undefined) return task;
  const { file, schedule } = built;
  return {
    ...(file === undefined ? {} : { file }),
    ...task,
    ...(schedule === undefined ? {} : { schedule: scheduleHere(schedule, here) }),
  };
}
