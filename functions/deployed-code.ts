/**
 * What the api knows of the deployed code: the manifest that the build put beside it.
 *
 * Never: loads the author's code.
 */
import { readFileSync } from "node:fs";
import type { DeployedCode, TaskListing } from "./deps.ts";

/** The part of a manifest (`transform/manifest.ts`) that is looked at. */
export interface DeployedManifest {
  readonly tasks: readonly {
    readonly id: string;
    readonly file: string;
    readonly description?: string;
    readonly webhookSecret?: string | null;
  }[];
  readonly sites: Readonly<
    Record<string, { readonly name: string; readonly file: string; readonly line: number } | undefined>
  >;
}

/** The manifest in the folder of this function. */
export function readManifest(): DeployedManifest {
  return JSON.parse(readFileSync(new URL("./manifest.json", import.meta.url), "utf8")) as DeployedManifest;
}

/** The deployed code, as the HTTP app asks for it. */
export function deployedCode({ tasks, sites }: DeployedManifest, version: string): DeployedCode {
  const listed = tasks.map(
    ({ id, file, description, webhookSecret }): TaskListing => ({
      id,
      file,
      ...(description === undefined ? {} : { description }),
      ...(webhookSecret === undefined || webhookSecret === null ? {} : { webhookSecret }),
    }),
  );
  return {
    version: () => version,
    tasks: () => listed,
    site(id) {
      const site = sites[id];
      return site === undefined ? undefined : { name: site.name, at: `${site.file}:${site.line}` };
    },
  };
}
