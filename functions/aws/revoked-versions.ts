/**
 * Takes a version of a project's secrets away from the runs that are on it, with the rights of who calls.
 *
 * Owns:      the field of the secret that lists such versions: Secrets Manager has no call that takes one away.
 * Never:     shows a value.
 */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { HoldfastError } from "../../engine/errors.ts";
import { type ClientSettings, patience } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";
import { revokedIn, revokedName, secretValuesOf } from "./secrets.ts";

const bad = (what: string, fix: string): HoldfastError => new HoldfastError("HF406", what, fix);
const listed = "Its versions: aws secretsmanager list-secret-version-ids --secret-id <secret>.";

/**
 * Revokes a version: runs on it see the current values from their next pass on. Gives the id of the version that says so.
 * @throws HoldfastError HF406 for the current version and one that is not there, HF515 where AWS does not let the caller
 */
export async function revokeVersion(
  secretArn: string,
  version: string,
  settings: ClientSettings = {},
): Promise<string> {
  const region = secretArn.split(":")[3] ?? "";
  const client = new SecretsManagerClient({ ...patience, region, ...settings });
  try {
    return await revoke(client, secretArn, version);
  } catch (error) {
    throw isRefusal(error) ? refusedCaller(error, "change the project's secret") : error;
  } finally {
    client.destroy();
  }
}

/** The same, with a client that is there already. */
export async function revoke(
  client: SecretsManagerClient,
  SecretId: string,
  version: string,
): Promise<string> {
  const { VersionId, SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  if (VersionId === version)
    throw bad(`Version ${version} is the current one.`, "Put the new values first, then revoke it.");
  await client.send(new GetSecretValueCommand({ SecretId, VersionId: version })).catch((error: unknown) => {
    const isMissing = error instanceof Error && /^(ResourceNotFound|InvalidParameter)/.test(error.name);
    throw isMissing ? bad(`There is no version ${version.slice(0, 64)}.`, listed) : error;
  });
  const values = secretValuesOf(SecretString);
  const revoked = [...new Set([...revokedIn(values), version])];
  const changed = JSON.stringify({ ...values, [revokedName]: revoked.join(",") });
  const put = await client.send(new PutSecretValueCommand({ SecretId, SecretString: changed }));
  return put.VersionId ?? "";
}
