/**
 * What the functions know of the deployed code: the manifest that the build put beside it.
 *
 * Never: loads the author's code.
 */
import { readFileSync } from "node:fs";
import type { MachineName } from "../engine/machines.ts";
import type { EnvironmentType } from "../sdk/environment.ts";
import type { DeployedCode, SiteNames, TaskListing } from "./deps.ts";
import { scheduleHere } from "./schedule-here.ts";
import { type WebhookManifest, webhooksOf } from "./webhook-endpoints.ts";

/** The part of a manifest (`transform/manifest.ts`) that is looked at. */
export interface DeployedManifest extends WebhookManifest {
  readonly codeVersion?: string;
  readonly tasks: readonly (WebhookManifest["tasks"][number] & {
    readonly file: string;
    readonly description?: string;
    readonly hasEndHooks?: true;
    readonly longRunning?: true | null;
    readonly machine?: string | null;
    readonly schedule?: {
      readonly cron?: string;
      readonly timezone?: string;
      readonly environments?: readonly string[];
    };
  })[];
  /** What tasks ask for that say nothing. */
  readonly machine?: string;
  readonly sites: Readonly<
    Record<string, { readonly name: string; readonly file: string; readonly line: number } | undefined>
  >;
}

/** The manifest in the folder of this function. */
export function readManifest(): DeployedManifest {
  return JSON.parse(readFileSync(new URL("./manifest.json", import.meta.url), "utf8")) as DeployedManifest;
}

/** The deployed code, as the HTTP app and the timer ask for it. `here`: which schedules count. */
export function deployedCode(
  manifest: DeployedManifest,
  version: string,
  here: EnvironmentType = "PRODUCTION",
): DeployedCode {
  const { tasks, sites } = manifest;
  const listed = tasks.map(
    ({ id, file, description, hasEndHooks, webhookSecret, schedule, longRunning, machine }): TaskListing => ({
      id,
      file,
      ...(description === undefined ? {} : { description }),
      ...(longRunning === true ? { longRunning } : {}),
      ...machineIn(machine ?? manifest.machine),
      ...(hasEndHooks === undefined ? {} : { hasEndHooks }),
      ...(webhookSecret === undefined || webhookSecret === null ? {} : { webhookSecret }),
      ...(schedule === undefined ? {} : { schedule: scheduleHere(schedule, here) }),
    }),
  );
  return {
    version: () => version,
    tasks: () => listed,
    site: namesOf(sites),
    ...webhooksOf(manifest),
  };
}

/** The build has refused names that there are not. */
const machineIn = (name: string | undefined): Pick<TaskListing, "machine"> =>
  name === undefined ? {} : { machine: name as MachineName };

const namesOf =
  (sites: DeployedManifest["sites"]): SiteNames =>
  (id) => {
    const site = sites[id];
    return site === undefined ? undefined : { name: site.name, at: `${site.file}:${site.line}` };
  };

/** Names of the call sites in the code of this function; of none where the manifest is not beside it. */
export function siteNames(): SiteNames {
  try {
    return namesOf(readManifest().sites);
  } catch {
    return () => undefined;
  }
}
