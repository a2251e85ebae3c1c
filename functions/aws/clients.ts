/**
 * The clients of AWS's services: one of each per process, with time-outs that suit a function of a few seconds.
 *
 * Never:     reads the environment; the SDK itself knows `AWS_REGION`, `AWS_ENDPOINT_URL` and the function's credentials.
 * Invariant: an endpoint comes from the configuration, never out of the answer of a service or the host of a QueueUrl.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type ClientSettings, patience } from "./patience.ts";

/** DynamoDB. */
export const makeDynamoClient = (settings: ClientSettings = {}): DynamoDBClient =>
  new DynamoDBClient({ ...patience, ...settings });

/** SQS. */
export const makeSqsClient = (settings: ClientSettings = {}): SQSClient =>
  new SQSClient({ ...patience, ...settings, useQueueUrlAsEndpoint: false });

/** S3, loaded when it is called: most runs keep no large values. */
export async function makeS3Client(settings: ClientSettings = {}): Promise<S3Client> {
  const { S3Client: Client } = await import("./s3-parts.ts");
  const slow = { ...patience.requestHandler, requestTimeout: 10_000 };
  return new Client({
    ...patience,
    ...settings,
    requestHandler: slow,
    forcePathStyle: settings.endpoint !== undefined,
  });
}
