/** Which secrets may sign deliveries on one machine: settings of the environment, secrets, and the one that was made. */
import type { HttpDeps } from "../functions/deps.ts";
import { secretsIn } from "../functions/webhook-endpoints.ts";
import type { LocalConfig } from "./config.ts";
import type { CurrentCode } from "./current-code.ts";
import type { ProjectKeys } from "./keys.ts";
import { currentSecrets } from "./local-secrets.ts";

interface Place {
  readonly config: LocalConfig;
  readonly dataFolder: string;
  readonly code: CurrentCode;
}

/** By the name of the setting, and by the task. */
export function webhookSecrets(
  { config, dataFolder, code }: Place,
  keys: ProjectKeys,
): Pick<HttpDeps, "webhookSecret" | "secretsNamed"> {
  // The project's own secret was made, where nobody has set one.
  const made: Readonly<Record<string, string>> = { HOLDFAST_WEBHOOK_SECRET: keys.webhookSecret };
  const setting = (name: string) => made[name] ?? config.env[name] ?? currentSecrets(dataFolder)[name];
  const secretsNamed = (name: string) => secretsIn(setting, name);
  return {
    secretsNamed,
    webhookSecret(id) {
      const task = code.task(id);
      // One that names a secret of its own takes no other: a setting that is missing must not open it to all.
      return task && secretsNamed(task.webhookSecret ?? "HOLDFAST_WEBHOOK_SECRET");
    },
  };
}
