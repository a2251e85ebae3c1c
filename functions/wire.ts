/**
 * Puts the parts of a function together: adapters to AWS behind the engine's ports.
 *
 * Owns:      the clients of this process, made once per cold start.
 * Never:     reads the environment (`config.ts`).
 */
import type { DeadLetters, Ports } from "../engine/ports.ts";
import { makeDynamoClient, makeS3Client, makeSqsClient } from "./aws/clients.ts";
import { type DynamoStore, dynamoStore } from "./aws/dynamo-store.ts";
import { s3Spill } from "./aws/s3-spill.ts";
import { type Ring, sqsDoorbell } from "./aws/sqs-doorbell.ts";
import { type DelayedDoorbell, ringAhead, ringFor } from "./bell.ts";
import { realChance, realClock } from "./clock.ts";
import { errorFields, jsonLog, type Log } from "./log.ts";
import { watchedStore } from "./watched-store.ts";

/** What every function is made from. */
export interface WireOptions {
  readonly table: string;
  readonly doorbellUrl: string;
  /** Does this function call parked runs? Only the dispatcher may delete what says that they wait. */
  readonly callsParked?: boolean;
  readonly log: Log;
}

/** What a function says of rings that it could not send. */
export const tellOfLostRings =
  (log: Log) =>
  (rings: readonly Ring[], error: unknown): void =>
    log.warn("Rings were not sent; the timer rings for these runs", {
      runIds: rings.map(({ runId }) => runId),
      ...errorFields(error),
    });

/** The store, and a bell that is rung for what the store's own writes put away. */
export function wireStore({ table, doorbellUrl, callsParked = false, log }: WireOptions) {
  const sqs = makeSqsClient();
  const client = makeDynamoClient();
  const bell = sqsDoorbell({
    client: sqs,
    queueUrl: doorbellUrl,
    clock: realClock,
    onLost: tellOfLostRings(log),
  });
  const store = watchedStore(
    dynamoStore({ client, table, callsParked }),
    (run) => ringAhead(bell, run),
    (runId, at) => ringFor(bell, runId, at),
  );
  return { sqs, dynamo: client, bell, store };
}

/** What the ports take beyond store and bell. */
export interface PortOptions {
  readonly store: DynamoStore;
  readonly bell: DelayedDoorbell;
  readonly bucket: string;
  readonly deadLetters?: DeadLetters;
}

/** All that the engine asks of the world. */
export function wirePorts({ store, bell, bucket, deadLetters }: PortOptions): Ports {
  return {
    store,
    doorbell: bell,
    spill: s3Spill({ bucket, makeClient: makeS3Client, clock: realClock }),
    clock: realClock,
    chance: realChance,
    ...(deadLetters === undefined ? {} : { deadLetters }),
  };
}

/** Lines on standard output: CloudWatch's agent takes each for a record. */
export const standardLog = (): Log => jsonLog((line) => void process.stdout.write(`${line}\n`), Date.now);
