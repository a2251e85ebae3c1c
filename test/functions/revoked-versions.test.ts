/** A leaked version of a deployed project's secrets is taken away from the runs on it. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { revoke } from "../../functions/aws/revoked-versions.ts";
import { secretsManagerSecrets } from "../../functions/aws/secrets.ts";

const client = new SecretsManagerClient({
  region: "eu-central-1",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
});
const mock = mockClient(client);
let versions: Record<string, string>;

beforeEach(() => {
  versions = { v1: '{"KEY":"leaked"}', v2: '{"KEY":"new","HOLDFAST_REVOKED_VERSIONS":"v0"}' };
  mock.reset();
  mock.on(GetSecretValueCommand).callsFake(async ({ VersionId }: { VersionId?: string }) => {
    const id = VersionId ?? Object.keys(versions).at(-1) ?? "";
    if (versions[id] === undefined) throw new ResourceNotFoundException({ $metadata: {}, message: "none" });
    return { VersionId: id, SecretString: versions[id] };
  });
  mock.on(PutSecretValueCommand).callsFake(async ({ SecretString = "" }: { SecretString?: string }) => {
    versions.v3 = SecretString;
    return { VersionId: "v3" };
  });
});

test("a run on a revoked version sees the current values; what else is in the secret stays", async () => {
  expect(await revoke(client, "secret", "v1")).toBe("v3");
  expect(JSON.parse(versions.v3 ?? "")).toEqual({ KEY: "new", HOLDFAST_REVOKED_VERSIONS: "v0,v1" });
  const secrets = secretsManagerSecrets({ client, secretId: "secret", clock: { now: () => 0 } });
  expect(await secrets.current()).toBe("v3");
  expect(await secrets.values("v1")).toMatchObject({
    version: "v3",
    values: { KEY: "new" },
    isReplaced: true,
  });
});

test("the current version and one that is not there are refused, and nothing is changed", async () => {
  await expect(revoke(client, "secret", "v2")).rejects.toThrow(/HF406 Version v2 is the current one/);
  await expect(revoke(client, "secret", "v9")).rejects.toThrow(/HF406 There is no version v9/);
  expect(mock.commandCalls(PutSecretValueCommand)).toEqual([]);
});
