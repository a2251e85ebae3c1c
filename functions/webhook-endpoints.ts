/**
 * Which addresses there are for deliveries, and which tasks each starts: as the build has found them.
 */

import type { Filter } from "../filters/passes.ts";
import type { DeployedCode, WebhookListing } from "./deps.ts";

/** The part of a manifest (`transform/manifest.ts`) that is looked at. */
export interface WebhookManifest {
  readonly tasks: readonly {
    readonly id: string;
    readonly webhookSecret?: string | null;
    readonly webhook?: { readonly endpoint: string; readonly filter?: Filter; readonly isBare?: true };
  }[];
  readonly webhooks?: {
    readonly endpoints: readonly Omit<WebhookListing, "tasks">[];
    readonly matches: readonly (readonly string[])[];
  };
}

/** What the HTTP app asks of them. */
export function webhooksOf({
  tasks,
  webhooks,
}: WebhookManifest): Required<Pick<DeployedCode, "webhook" | "webhooks" | "matches">> {
  const listed = (webhooks?.endpoints ?? []).map((endpoint): WebhookListing => {
    const own = tasks.filter(({ webhook }) => webhook?.endpoint === endpoint.id);
    return {
      ...endpoint,
      tasks: own.map(({ id, webhookSecret, webhook }) => ({
        id,
        isBare: webhook?.isBare === true,
        ...(webhook?.filter === undefined ? {} : { filter: webhook.filter }),
        ...(typeof webhookSecret === "string" ? { secret: webhookSecret } : {}),
      })),
    };
  });
  // The address of a task that shares an endpoint is that endpoint, for it alone.
  const shared = listed.flatMap((endpoint) =>
    endpoint.tasks.map((task): WebhookListing => ({ ...endpoint, id: task.id, tasks: [task] })),
  );
  const byId = new Map([...shared, ...listed].map((endpoint) => [endpoint.id, endpoint]));
  return { webhook: (id) => byId.get(id), webhooks: () => listed, matches: () => webhooks?.matches ?? [] };
}

/** The secrets in a setting: what it holds, and, while a new one comes into use, what `<name>_PREVIOUS` holds. */
export const secretsIn = (read: (name: string) => string | undefined, setting: string): readonly string[] =>
  [read(setting), read(`${setting}_PREVIOUS`)].filter(
    (each) => each !== undefined && each !== "",
  ) as string[];
