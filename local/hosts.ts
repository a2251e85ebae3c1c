/**
 * The bundles that a process has loaded, by code version and version of the secrets: a run is worked on by the code and
 * with the secrets that it is pinned to.
 *
 * Owns:      the cache of loaded bundles, and the check that a bundle is one of ours.
 * Invariant: a bundle is loaded once per process and version of the secrets; one that could not be loaded is tried again when asked for.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { HoldfastError } from "../engine/errors.ts";
import { loadAdvice } from "../engine/load-advice.ts";
import type { MachineName } from "../engine/machines.ts";
import type { LogLevel } from "../engine/pass-context.ts";
import type { Ports } from "../engine/ports.ts";
import type { QueueLimits } from "../engine/queues.ts";
import type { Run } from "../engine/run.ts";
import type { LineAt } from "../engine/run-logs.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import type { SecretVersion } from "../functions/project-secrets.ts";
import { giveSecrets } from "../functions/secret-process.ts";
import { bundlePath } from "./bundle-folder.ts";

/** What a bundle says about one of its tasks. */
export interface TaskInfo {
  readonly id: string;
  readonly description?: string;
  readonly retry?: unknown;
  readonly maxDurationSeconds?: number;
  /** The name of the setting that holds the secret with which its webhooks are signed. */
  readonly webhookSecret?: string;
  readonly file?: string;
  /** What its runs ask for, and where one goes on that is out of memory. */
  readonly machine?: MachineName;
  readonly largerMachine?: MachineName;
  /** Its runs see the newest secrets in each pass. */
  readonly secrets?: "latest";
  /** When it starts by itself: from the manifest, since only its source tells. */
  readonly schedule?: { readonly cron?: string; readonly timezone?: string };
}

/** How a pass ended. */
export interface PassEnd {
  readonly outcome: "busy" | "unknown" | "finished" | "suspended" | "yielded" | "superseded" | "otherVersion";
  readonly runId: string;
  readonly codeVersion?: string;
}

/** A loaded bundle. */
export interface Host {
  readonly hostVersion: 1;
  describeTasks(): readonly TaskInfo[];
  runPass(
    ports: Ports,
    options: {
      readonly runId: string;
      readonly owner: string;
      readonly signal?: AbortSignal;
      readonly rests?: (isResting: boolean) => void;
      /** With which secrets this code was loaded. */
      readonly secrets?: LoadedSecrets;
      /** A line of the author's; older code does not say where. */
      readonly print?: (run: Run, level: LogLevel, parts: readonly unknown[], at?: LineAt) => void;
    },
  ): Promise<PassEnd>;
  wakePass(runId: string): boolean;
  /** The machine that a run has to be on; undefined: the usual one, as everywhere with bundles of older engines. */
  machineOf?(run: Run): MachineName | undefined;
  /** Queues with a limit. Bundles of older engines know none. */
  describeQueues?(): readonly {
    readonly name: string;
    readonly concurrencyLimit?: number | undefined;
    readonly limits?: QueueLimits;
  }[];
}

function isHost(value: object): value is Host {
  const host = value as Partial<Host>;
  const functions = [host.describeTasks, host.runPass, host.wakePass];
  return host.hostVersion === 1 && functions.every((each) => typeof each === "function");
}

const cannotLoad = (what: string, fix: string, cause?: unknown): HoldfastError =>
  new HoldfastError("HF408", what, fix, cause === undefined ? {} : { cause });

/** A module is loaded once for each URL: with its secrets' version in it, once for each of those. */
function urlOf(path: string, { version, values }: SecretVersion, copy?: number): string {
  const url = pathToFileURL(path);
  if (copy !== undefined) url.searchParams.set("copy", String(copy));
  if (version === undefined) return url.href;
  url.searchParams.set("secrets", version);
  giveSecrets(url.href, values);
  return url.href;
}

/**
 * Loads a bundle file into this process, with these secrets. `copy`: once more, with modules of its own.
 * @throws HoldfastError HF408
 */
export async function loadHost(path: string, secrets: SecretVersion, copy?: number): Promise<Host> {
  let loaded: object;
  try {
    loaded = (await import(urlOf(path, secrets, copy))) as object;
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw cannotLoad(
      `The task files threw while they were loaded: ${why}`,
      loadAdvice(cause, dirname(path)),
      cause,
    );
  }
  if (isHost(loaded)) return loaded;
  throw cannotLoad(
    `The bundle ${path} is not one that this Holdfast can run.`,
    `Build it again with this version of holdfast.`,
  );
}

/** The bundles of a data folder. */
export interface Hosts {
  /**
   * The host of a code version, loaded with these secrets.
   * @throws HoldfastError HF408 where there is no such bundle, or it does not load.
   */
  get(codeVersion: string, secrets: SecretVersion): Promise<Host>;
}

/** Loads bundles of a data folder on demand. */
export function loadedHosts(dataFolder: string): Hosts {
  const hosts = new Map<string, Promise<Host>>();

  async function load(codeVersion: string, secrets: SecretVersion): Promise<Host> {
    const path = bundlePath(dataFolder, codeVersion);
    if (path !== undefined && existsSync(path)) return await loadHost(path, secrets);
    const what = `The code version ${codeVersion} is not in the data folder any more.`;
    throw cannotLoad(what, `Put the run on the newest code: holdfast resume <run> --code newest.`);
  }
  return {
    get(codeVersion, secrets) {
      const name = `${codeVersion} ${secrets.version ?? ""}`;
      const known = hosts.get(name);
      if (known !== undefined) return known;
      const host = load(codeVersion, secrets);
      hosts.set(name, host);
      host.catch(() => hosts.delete(name));
      return host;
    },
  };
}

/** The hosts, whose passes go through `around`: made once for each host, since each pass asks for one. */
export function hostsAround(hosts: Hosts, around: (host: Host) => Host["runPass"]): Hosts {
  const known = new WeakMap<Host, Host>();
  return {
    async get(codeVersion, secrets) {
      const host = await hosts.get(codeVersion, secrets);
      const found = known.get(host) ?? { ...host, runPass: around(host) };
      known.set(host, found);
      return found;
    },
  };
}
