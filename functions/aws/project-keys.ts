/**
 * The keys of a deployed project: made here, with the rights of who calls; shown to him once, and kept as hashes.
 *
 * Owns:      how the project's secret is changed: what else is in it stays.
 * Never:     stores a key, or logs one.
 */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { keyEntry, parseKey } from "../api-keys.ts";
import { type KeyRing, keyRing } from "../key-ring.ts";
import type { SecretValues } from "../project-secrets.ts";
import { hashesIn, hashesSetting, hashOfKey, newSecretKey } from "../secret-key.ts";
import { type ClientSettings, patience } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";
import { secretValuesOf } from "./secrets.ts";

/** Which keys there are afterwards: the first, unless there is one; another beside the others; or a new one alone. */
export type KeyChange = "first" | "another" | "replace";

/**
 * Makes a key of the project whose secret this is; undefined where the first was asked for and there is one.
 * @throws HoldfastError HF411 for a secret of another form, HF515 where AWS does not let the caller
 */
export async function makeProjectKey(
  secretArn: string,
  change: KeyChange,
  settings: ClientSettings = {},
): Promise<string | undefined> {
  // The ARN says where it is; the caller's own region may be another.
  const region = secretArn.split(":")[3] ?? "";
  const client = new SecretsManagerClient({ ...patience, region, ...settings });
  try {
    const values = await read(client, secretArn);
    const hashes = change === "replace" ? [] : hashesIn(values);
    if (change === "first" && hashes.length > 0) return undefined;
    const key = newSecretKey("live");
    const kept = { ...values, [hashesSetting]: [hashOfKey(key), ...hashes].join(" ") };
    await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(kept) }));
    return key;
  } catch (error) {
    throw isRefusal(error) ? refusedCaller(error, "change the project's secret") : error;
  } finally {
    client.destroy();
  }
}

/** The keys of the project whose secret this is, as the command line handles them. Uses are in the log. */
export function awsKeyRing(secretArn: string, settings: ClientSettings = {}): KeyRing {
  const region = secretArn.split(":")[3] ?? "";
  return keyRing({
    kind: "live",
    uses: () => ({}),
    async change(change) {
      const client = new SecretsManagerClient({ ...patience, region, ...settings });
      try {
        const values = await read(client, secretArn);
        const keys = change(hashesIn(values).map(parseKey));
        if (keys === undefined) return;
        const kept = { ...values, [hashesSetting]: keys.map(keyEntry).join(" ") };
        await client.send(
          new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(kept) }),
        );
      } catch (error) {
        throw isRefusal(error) ? refusedCaller(error, "change the project's secret") : error;
      } finally {
        client.destroy();
      }
    },
  });
}

async function read(client: SecretsManagerClient, SecretId: string): Promise<SecretValues> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return secretValuesOf(SecretString);
  } catch (error) {
    // A new stack's secret has no value yet.
    if (error instanceof Error && error.name === "ResourceNotFoundException") return {};
    throw error;
  }
}
