/**
 * The project's secret key and its webhook secret: given by the environment, else made once and kept.
 *
 * Owns:      `<data>/keys.json`, readable by its owner only.
 * Never:     writes down a key that the environment gave, or shows one but where it was made.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { newSecretKey } from "../functions/secret-key.ts";
import type { LocalConfig } from "./config.ts";

/** The secrets of a project on one machine. */
export interface ProjectKeys {
  readonly secretKey: string;
  readonly webhookSecret: string;
}

const keysPath = (dataFolder: string): string => join(dataFolder, "keys.json");

const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

/** The keys that were made for this data folder, as far as there are any. */
export function keptKeys(dataFolder: string): Partial<ProjectKeys> {
  let text: string;
  try {
    text = readFileSync(keysPath(dataFolder), "utf8");
  } catch {
    return {};
  }
  try {
    const { secretKey, webhookSecret } = JSON.parse(text) as Partial<Record<keyof ProjectKeys, unknown>>;
    return {
      ...(typeof secretKey === "string" ? { secretKey } : {}),
      ...(typeof webhookSecret === "string" ? { webhookSecret } : {}),
    };
  } catch (cause) {
    const fix = "Put the file right, or remove it: new keys are made then, and callers need them.";
    throw new HoldfastError("HF409", `${keysPath(dataFolder)} is not valid JSON.`, fix, { cause });
  }
}

function keep(dataFolder: string, keys: Partial<ProjectKeys>): void {
  const path = keysPath(dataFolder);
  const unfinished = `${path}.new`;
  writeFileSync(unfinished, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600 });
  // The mode counts only for a file that is made: one that a crash left behind keeps its own.
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, path);
}

/** The keys of a supervisor. */
export interface FoundKeys extends ProjectKeys {
  /** Is the secret key new? It is to be shown then. */
  readonly made: boolean;
  /** Writes down what was made: a key that nobody has been shown would be lost. */
  keep(): void;
}

/** The keys of a project; those that neither the environment nor the folder has are made. */
export function projectKeys(dataFolder: string, config: LocalConfig): FoundKeys {
  const kept = keptKeys(dataFolder);
  const secretKey = config.secretKey ?? kept.secretKey;
  const webhookSecret = config.webhookSecret ?? kept.webhookSecret;
  const made = {
    ...(secretKey === undefined ? { secretKey: newSecretKey("dev") } : {}),
    ...(webhookSecret === undefined ? { webhookSecret: newWebhookSecret() } : {}),
  };
  const known = { secretKey: secretKey ?? "", webhookSecret: webhookSecret ?? "", ...made };
  return {
    ...known,
    made: made.secretKey !== undefined,
    keep() {
      if (Object.keys(made).length > 0) keep(dataFolder, { ...kept, ...made });
    },
  };
}
