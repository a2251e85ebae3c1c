/**
 * The secret: one JSON object with the project's keys and the settings that tasks must not have in the open.
 *
 * Owns:      what a new stack begins with: nothing. `holdfast deploy` makes the first key, with the deployer's rights.
 * Never:     has a value in the template: CloudFormation may write it again with any change of the secret, its tags for one,
 *            and what is in the secret would be gone.
 */
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type CfnSecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { lasting } from "./stable.ts";

/** Makes the secret, with nothing in it. */
export function makeSecret(owner: Construct, { removalPolicy, kmsKey, rotation }: Settings): Secret {
  const secret = new Secret(owner, "Secret", {
    description:
      "Holdfast: hashes of the API's keys (HOLDFAST_KEY_HASHES), the webhooks' key (HOLDFAST_WEBHOOK_SECRET), and the tasks' secrets.",
    ...(kmsKey && { encryptionKey: kmsKey }),
  });
  // CDK would have one generated.
  (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
  argue(secret, {
    "AwsSolutions-SMG4":
      "Its keys are held by callers and webhook senders outside the account: no rotation of AWS's could hand them out.",
  });
  if (rotation !== undefined)
    secret.addRotationSchedule("Rotation", {
      rotationLambda: rotation.function,
      automaticallyAfter: rotation.every,
      // A deployment changes no secret.
      rotateImmediatelyOnUpdate: false,
    });
  return lasting(owner, "Secret", secret, removalPolicy);
}

/** For who has to check keys. */
export function readSecret(secret: Secret): PolicyStatement {
  const actions = ["secretsmanager:GetSecretValue"];
  return new PolicyStatement({ sid: "ReadSecret", actions, resources: [secret.secretArn] });
}
