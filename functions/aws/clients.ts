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
import { Sha256 } from "./sha256.ts";

/** A run of ten awaits makes twelve calls: what is the same for each of them is worked out for the first (docs/aws-costs.md has what it gives). */
const lean = { cacheMiddleware: true, sha256: Sha256 } as const;

interface Signing<Signer> {
  readonly config: { signer(scheme?: never): Promise<Signer> };
}

/** One signer for all calls of a client, which the SDK would make for each. It asks for the credentials each time, and has new ones at once. */
function withOneSigner<Signer, Client extends Signing<Signer>>(client: Client): Client {
  const { config } = client;
  const make = config.signer;
  let made: Promise<Signer> | undefined;
  config.signer = (scheme) => {
    made ??= make(scheme).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return client;
}

/** DynamoDB. */
export const makeDynamoClient = (settings: ClientSettings = {}): DynamoDBClient =>
  withOneSigner(new DynamoDBClient({ ...patience, ...lean, ...settings }));

/** SQS. */
export const makeSqsClient = (settings: ClientSettings = {}): SQSClient =>
  withOneSigner(new SQSClient({ ...patience, ...lean, ...settings, useQueueUrlAsEndpoint: false }));

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
