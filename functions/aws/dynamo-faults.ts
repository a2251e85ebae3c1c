/**
 * Which failures of DynamoDB mean what, and what is asked again here.
 *
 * Three layers try again. The SDK (`clients.ts`): throttling, time-outs, broken connections and 5xx, with jitter, a few
 * times. Here: conflicts with a transaction, which the SDK takes for final, and parts of a batch that were not read.
 * The engine: whatever else fails, since every write is conditional (`engine/writer.ts` W3).
 *
 * Invariant: what is asked again may have been done before; every caller here tells its own write by its mark.
 */
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./keys.ts";

/** The wait for `ms` milliseconds. */
export type Pause = (ms: number) => Promise<void>;

/** Real time. */
export const pause: Pause = (ms) => new Promise((done) => setTimeout(done, ms));

const tries = 8;
const firstMs = 20;
const longestMs = 1_000;

/** How long to wait before try number `attempt` + 1: full jitter. */
export const backOffMs = (attempt: number): number =>
  Math.random() * Math.min(longestMs, firstMs * 2 ** attempt);

/** Reasons for which a transaction was not even looked at. */
const passing = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
]);

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TransactionCanceledException) {
    const reasons = error.CancellationReasons ?? [];
    return reasons.some(({ Code }) => Code !== undefined && passing.has(Code));
  }
  return error.name === "TransactionConflictException" || error.name === "TransactionInProgressException";
}

/** Asks again while another transaction is in the way. */
export async function untilClear<T>(act: () => Promise<T>, wait: Pause): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error) || attempt + 1 >= tries) throw error;
      await wait(backOffMs(attempt));
    }
  }
}

/** The item that refused a write, where a condition did; `null` if there is none. Other errors are thrown on. */
export function refusedBy(error: unknown): Item | null {
  if (error instanceof ConditionalCheckFailedException) return error.Item ?? null;
  throw error;
}

/** Why each part of a transaction was refused. Errors that are no refusal by a condition are thrown on. */
export function refusals(error: unknown): readonly (Item | null | undefined)[] {
  if (!(error instanceof TransactionCanceledException)) throw error;
  const reasons = error.CancellationReasons ?? [];
  const refused = reasons.map(({ Code, Item }: CancellationReason) =>
    Code === "ConditionalCheckFailed" ? (Item ?? null) : undefined,
  );
  if (refused.every((each) => each === undefined)) throw error;
  return refused;
}
