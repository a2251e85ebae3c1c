/**
 * Encryption of run data: a secret of its own with the project's key, under a KMS key.
 *
 * Owns:      who may read it: dispatcher, api, timer and planner, by two rights each: to the secret, and to the KMS key through Secrets Manager.
 * Never:     has the key in the template. `holdfast deploy` makes it, as it makes the first key of the API: what CloudFormation
 *            generated it might generate again, and all runs would be unreadable.
 */
import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { type CfnSecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { lasting } from "./stable.ts";

/** Where the key is that run data are sealed with. */
export interface Encryption {
  readonly secret: Secret;
  readonly key: IKey;
}

/** Makes the secret, with nothing in it, and a KMS key, unless there is one; undefined where it is not wanted. */
export function makeEncryption(owner: Construct, settings: Settings): Encryption | undefined {
  const { encryption, kmsKey, removalPolicy } = settings;
  if (!encryption) return undefined;
  const key =
    kmsKey ??
    lasting(
      owner,
      "EncryptionKey",
      new Key(owner, "EncryptionKey", {
        description: "Holdfast: encrypts the key of run data",
        enableKeyRotation: true,
      }),
      removalPolicy,
    );
  const secret = new Secret(owner, "Encryption", {
    description:
      "Holdfast: the keys that run data are sealed with, a line each, the newest first. Never take one away that a run needs.",
    encryptionKey: key,
  });
  (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
  argue(secret, {
    "AwsSolutions-SMG4":
      "What was sealed with a key needs it for as long as it is kept: a new one is put in front of the old ones by hand.",
  });
  return { secret: lasting(owner, "Encryption", secret, removalPolicy), key };
}

/** For who works on what runs are given and give. */
export function openRuns(scope: Construct, encryption: Encryption | undefined): PolicyStatement[] {
  if (encryption === undefined) return [];
  const { region, urlSuffix } = Stack.of(scope);
  return [
    new PolicyStatement({
      sid: "ReadEncryptionKey",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [encryption.secret.secretArn],
    }),
    new PolicyStatement({
      sid: "OpenEncryptionKey",
      actions: ["kms:Decrypt"],
      resources: [encryption.key.keyArn],
      conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.${urlSuffix}` } },
    }),
  ];
}

/** What such a function is told. */
export const encryptionSetting = (encryption: Encryption | undefined): Record<string, string> =>
  encryption === undefined ? {} : { HOLDFAST_ENCRYPTION_ID: encryption.secret.secretArn };
