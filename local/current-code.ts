/**
 * The code that new runs are pinned to: kept in the data folder, described, and changed over as a whole.
 *
 * Invariant: what is current has been loaded once and has at least one task; a build that fails changes nothing.
 */
import type { DeployedCode } from "../functions/deps.ts";
import { type BundleFiles, keepBundle } from "./bundle-folder.ts";
import { type DescribeDeps, describeBundle } from "./describe.ts";
import type { TaskInfo } from "./hosts.ts";

/** The current code of a data folder. */
export class CurrentCode implements DeployedCode {
  readonly #dataFolder: string;
  readonly #deps: DescribeDeps;
  #version = "";
  #tasks: ReadonlyMap<string, TaskInfo> = new Map();

  constructor(dataFolder: string, deps: DescribeDeps) {
    this.#dataFolder = dataFolder;
    this.#deps = deps;
  }

  version(): string {
    return this.#version;
  }

  tasks(): readonly TaskInfo[] {
    return [...this.#tasks.values()];
  }

  task(id: string): TaskInfo | undefined {
    return this.#tasks.get(id);
  }

  /**
   * Makes a bundle the current one. False: it was already.
   * @throws HoldfastError HF403, HF408, HF502
   */
  async change(bundle: BundleFiles): Promise<boolean> {
    const path = await keepBundle(this.#dataFolder, bundle);
    if (bundle.codeVersion === this.#version) return false;
    const tasks = await describeBundle(path, this.#deps);
    this.#tasks = new Map(tasks.map((task) => [task.id, task]));
    this.#version = bundle.codeVersion;
    return true;
  }
}
