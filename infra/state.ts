/** What a stack keeps: the table, the queues, the bucket and the secret. None of them is lost with a deployment. */
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Queues } from "./doorbell.ts";
import type { Encryption } from "./encryption.ts";

/** Everything that lasts. */
export interface State extends Queues {
  readonly table: Table;
  readonly bucket: Bucket;
  readonly secret: Secret;
  /** Undefined: run data are not encrypted. */
  readonly encryption: Encryption | undefined;
}
