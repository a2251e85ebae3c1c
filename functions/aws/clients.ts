/**
 * The clients of AWS's services: one of each per process, with time-outs that suit a function of a few seconds.
 *
 * Owns:      how often and how long a call is tried.
 * Never:     reads the environment; the SDK itself knows `AWS_REGION`, `AWS_ENDPOINT_URL` and the function's credentials.
 * Invariant: an endpoint comes from the configuration, never out of the answer of a service or the host of a QueueUrl.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";

/** What may be configured. In a Lambda function nothing needs to be. */
export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Four tries with jitter, some twelve seconds at most: a pass that renews its lease after a third of it still keeps it.
 * Not less for each: a new connection takes its time on a small function, and the author's code may block this one's
 * event loop for a second, which looks the same from here.
 */
export const patience = {
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: 50 },
    httpsAgent: { keepAlive: true, maxSockets: 50 },
  },
} as const;

/** DynamoDB. */
export const makeDynamoClient = (settings: ClientSettings = {}): DynamoDBClient =>
  new DynamoDBClient({ ...patience, ...settings });

/** SQS. */
export const makeSqsClient = (settings: ClientSettings = {}): SQSClient =>
  new SQSClient({ ...patience, ...settings, useQueueUrlAsEndpoint: false });

/** Secrets Manager. */
export const makeSecretsClient = (settings: ClientSettings = {}): SecretsManagerClient =>
  new SecretsManagerClient({ ...patience, ...settings });

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
