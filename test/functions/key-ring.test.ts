/** Keys of a project in AWS: entries in its secret, beside whatever else is in it. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { hashedKeys } from "../../functions/auth.ts";
import { awsKeyRing, makeProjectKey } from "../../functions/aws/project-keys.ts";
import { hashesIn, hashOfKey } from "../../functions/secret-key.ts";

const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders";
const aws = mockClient(SecretsManagerClient);
let text: string;
beforeEach(() => {
  text = JSON.stringify({ STRIPE_KEY: "sk", HOLDFAST_KEY_HASHES: hashOfKey("old") });
  aws.reset();
  aws.on(GetSecretValueCommand).callsFake(() => ({ SecretString: text }));
  aws.on(PutSecretValueCommand).callsFake(({ SecretString }: { SecretString: string }) => {
    text = SecretString;
    return {};
  });
});

const values = (): Record<string, string> => JSON.parse(text) as Record<string, string>;

test("a key is made beside the others, listed and revoked; the key itself is in no text", async () => {
  const ring = awsKeyRing(arn);
  const made = await ring.create({ scopes: ["read"], tasks: ["order"] }, Date.UTC(2026, 0, 1));
  expect(made.key).toMatch(/^hf_live_/);
  expect(text).not.toContain(made.key);
  expect(values().STRIPE_KEY).toBe("sk");
  const keys = hashedKeys(hashesIn(values()));
  expect([await keys.find("old"), await keys.find(made.key)]).toMatchObject([
    { scopes: ["admin"] },
    { scopes: ["read"], tasks: ["order"] },
  ]);
  expect((await ring.list()).map(({ scopes }) => scopes)).toEqual([["admin"], ["read"]]);
  expect(await ring.revoke(made.id)).toBe(true);
  expect(values().HOLDFAST_KEY_HASHES).toBe(hashOfKey("old"));
});

test("`holdfast key --another` keeps keys that may do less, and their ends", async () => {
  const { key } = await awsKeyRing(arn).create({ scopes: ["cancel"], expires: "90d" }, Date.now());
  await makeProjectKey(arn, "another");
  const kept = await hashedKeys(hashesIn(values())).find(key);
  expect(kept).toMatchObject({ scopes: ["cancel"], expiresAt: expect.any(Number) });
});

test("looking at the keys writes nothing", async () => {
  await awsKeyRing(arn).list();
  expect(await awsKeyRing(arn).revoke("nobody")).toBe(false);
  expect(aws.commandCalls(PutSecretValueCommand)).toEqual([]);
});
