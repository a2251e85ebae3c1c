/**
 * The first key of a project's run data: made here, with the rights of who deploys, and shown to nobody.
 *
 * Never:     replaces a key: what was sealed with it would be gone.
 * Invariant: of several that make it at once one is kept: the version has the same id for all of them.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type ClientSettings, patience } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";

/** The id of the first version, a UUID as Secrets Manager wants it, that is the same for all who make it. */
function firstVersion(secretArn: string): string {
  const hex = createHash("sha256").update(`holdfast encryption ${secretArn}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

const isThere = (error: unknown): boolean =>
  error instanceof Error && error.name === "ResourceExistsException";

/**
 * Makes the key that this secret is for; false where it has one.
 * @throws HoldfastError HF515 where AWS does not let the caller
 */
export async function makeEncryptionKey(secretArn: string, settings: ClientSettings = {}): Promise<boolean> {
  const region = secretArn.split(":")[3] ?? "";
  const client = new SecretsManagerClient({ ...patience, region, ...settings });
  try {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretArn }));
    if (Object.keys(VersionIdsToStages).length > 0) return false;
    const SecretString = `${randomBytes(32).toString("base64url")}\n`;
    const ClientRequestToken = firstVersion(secretArn);
    await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString, ClientRequestToken }));
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw isRefusal(error) ? refusedCaller(error, "make the key of run data") : error;
  } finally {
    client.destroy();
  }
}
