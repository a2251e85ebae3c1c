/**
 * The secret: one JSON object with the project's keys and the settings that tasks must not have in the open.
 *
 * Owns:      which key is made for a new stack.
 * Never:     shows a value in the template: Secrets Manager makes it.
 */
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { lasting } from "./stable.ts";

/** Makes the secret, with a key for callers of the API in it. */
export function makeSecret(owner: Construct, { removalPolicy, kmsKey }: Settings): Secret {
  const secret = new Secret(owner, "Secret", {
    description:
      "Holdfast: the API's key (HOLDFAST_SECRET_KEY), the webhooks' (HOLDFAST_WEBHOOK_SECRET), and settings.",
    ...(kmsKey && { encryptionKey: kmsKey }),
    generateSecretString: {
      secretStringTemplate: "{}",
      generateStringKey: "HOLDFAST_SECRET_KEY",
      excludePunctuation: true,
      passwordLength: 48,
    },
  });
  argue(secret, {
    "AwsSolutions-SMG4":
      "Its keys are held by callers and webhook senders outside the account: no rotation of AWS's could hand them out.",
  });
  return lasting(owner, "Secret", secret, removalPolicy);
}

/** For who has to check keys. */
export function readSecret(secret: Secret): PolicyStatement {
  const actions = ["secretsmanager:GetSecretValue"];
  return new PolicyStatement({ sid: "ReadSecret", actions, resources: [secret.secretArn] });
}
