/**
 * A key of the account's own: what who works on encrypted state may do with it.
 *
 * Never:     lets anybody use the key but through the services that hold the state.
 */
import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Settings } from "./props.ts";

const services = ["dynamodb", "sqs", "s3", "secretsmanager"];

/** For every function, where there is a key. */
export function useKey(scope: Construct, { kmsKey }: Settings): PolicyStatement[] {
  if (kmsKey === undefined) return [];
  const { region, urlSuffix } = Stack.of(scope);
  return [
    new PolicyStatement({
      sid: "UseKey",
      actions: ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey"],
      resources: [kmsKey.keyArn],
      conditions: {
        StringEquals: { "kms:ViaService": services.map((name) => `${name}.${region}.${urlSuffix}`) },
      },
    }),
  ];
}
