/**
 * The doorbell in AWS: an SQS queue whose messages say "look at this run", now or at a time.
 *
 * Owns:      the form of a message, and what is sent again because it came early.
 * Never:     puts a payload into a message, or lets the loss of one reach the caller: the timer finds the run.
 * Invariant: a message stays in the queue until the time it names, as far as 15 minutes go; then the rest is sent again.
 */
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type DelayedDoorbell, longestDelayMs } from "../bell.ts";

/** What a message says. */
export interface Ring {
  readonly runId: string;
  /** When to look, Unix milliseconds; at once if it is not there. */
  readonly at?: number;
  /** The ARN of the version that has the run's code, of the function that is rung: where runs are handed to a larger machine. */
  readonly version?: string;
  /** The run is to be worked on there even if it asks for more memory: nobody has as much any more. */
  readonly anyway?: true;
}

/** The body of a ring. */
export const ringBody = ({ runId, at, version, anyway }: Ring): string =>
  JSON.stringify({ runId, at, version, anyway });

/** The ring in a message's body; undefined: the message is none. */
export function parseRing(body: string): Ring | undefined {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { runId, at, version, anyway } = (found ?? {}) as { [K in keyof Ring]?: unknown };
  if (typeof runId !== "string" || runId === "") return undefined;
  return {
    runId,
    ...(typeof at === "number" ? { at } : {}),
    ...(typeof version === "string" ? { version } : {}),
    ...(anyway === true ? { anyway } : {}),
  };
}

/** A pass sleeps through waits shorter than this: there is no sense in sending a ring again for them. */
const soonMs = 1_000;

/** Came a ring before its time? Then it is to be sent again and nothing else done. */
export const isEarly = ({ at }: Ring, now: number): boolean => at !== undefined && at - now > soonMs;

/** How long SQS keeps a ring back: whole seconds, rather a little too long than too short, 15 minutes at most. */
export const delaySecondsOf = ({ at }: Ring, now: number): number =>
  at === undefined ? 0 : Math.ceil(Math.min(longestDelayMs, Math.max(0, at - now)) / 1_000);

/** What the doorbell is made of. */
export interface SqsDoorbellOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly clock: { now(): number };
  /** Told of rings that could not be sent. */
  readonly onLost?: (rings: readonly Ring[], error: unknown) => void;
}

/** SQS takes so many messages in one request. */
const batchMax = 10;

/** A doorbell on an SQS queue. Rings of one turn of the event loop go together. */
export function sqsDoorbell(options: SqsDoorbellOptions): DelayedDoorbell {
  const { client, queueUrl: QueueUrl, clock, onLost = () => {} } = options;
  let waiting = new Map<string, Ring>();
  const underway = new Set<Promise<void>>();

  const message = (ring: Ring) => {
    const DelaySeconds = delaySecondsOf(ring, clock.now());
    return { MessageBody: ringBody(ring), ...(DelaySeconds > 0 ? { DelaySeconds } : {}) };
  };

  async function send(rings: readonly Ring[]): Promise<void> {
    const [first] = rings;
    if (rings.length === 1 && first !== undefined) {
      await client.send(new SendMessageCommand({ QueueUrl, ...message(first) }));
      return;
    }
    const Entries = rings.map((ring, place) => ({ Id: String(place), ...message(ring) }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const lost = Failed.flatMap(({ Id }) => rings[Number(Id)] ?? []);
    if (lost.length > 0) onLost(lost, new Error(Failed[0]?.Message ?? Failed[0]?.Code ?? "refused"));
  }

  function sendAll(): void {
    const rings = [...waiting.values()];
    waiting = new Map();
    for (let at = 0; at < rings.length; at += batchMax) {
      const part = rings.slice(at, at + batchMax);
      const sent = send(part)
        .catch((error: unknown) => onLost(part, error))
        .finally(() => underway.delete(sent));
      underway.add(sent);
    }
  }

  function add(ring: Ring): void {
    if (waiting.size === 0) setImmediate(sendAll);
    waiting.set(ringBody(ring), ring);
  }

  return {
    ring: (runId) => add({ runId }),
    ringAt: (runId, at) => add({ runId, at }),
    async flush() {
      while (waiting.size > 0 || underway.size > 0) {
        sendAll();
        await Promise.all(underway);
      }
    },
  };
}
