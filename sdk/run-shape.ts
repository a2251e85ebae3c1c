/**
 * Runs as callers get them: Trigger.dev's shape, with dates as `Date` and values as they were.
 *
 * Owns:      the way from an answer's JSON to a run.
 * Invariant: `payload` and `output` are the very values, also where JSON could not carry them.
 */
import { decode } from "../engine/codec.ts";
import type { RunStatus, WaitingFor } from "../engine/run.ts";
import type { ErrorView } from "./tree-entry.ts";

/** A run without its values: what lists hold. */
export interface RunSummary {
  readonly id: string;
  readonly status: RunStatus;
  readonly isQueued: boolean;
  readonly isExecuting: boolean;
  readonly isWaiting: boolean;
  /** It has ended, in whatever way. */
  readonly isCompleted: boolean;
  readonly isSuccess: boolean;
  readonly isFailed: boolean;
  readonly isCancelled: boolean;
  readonly taskIdentifier: string;
  readonly version: string;
  /** The version of the project's secrets that its passes see; none before the first. */
  readonly secretVersion?: string;
  /** A version that it was on before, which was gone or revoked, and when that was noticed. */
  readonly secretReplaced?: { readonly version: string; readonly at: string };
  /** The run whose log it began with, up to the record of that number. */
  readonly forkOf?: { readonly id: string; readonly number: number };
  readonly idempotencyKey?: string;
  readonly isTest: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly delayedUntil?: Date;
  readonly expiredAt?: Date;
  readonly ttl?: string;
  readonly tags: string[];
  readonly waitingFor?: WaitingFor;
  /** The batch that it was started with. */
  readonly batchId?: string;
  readonly costInCents: number;
  readonly baseCostInCents: number;
  /** Time in which the run was worked on; waits do not count. */
  readonly durationMs: number;
  readonly depth: number;
  readonly attemptCount: number;
  /** By what it was started; `"trigger"` as well by HTTP, a schedule, a webhook. */
  readonly triggerFunction: "trigger" | "triggerAndWait" | "batchTrigger" | "batchTriggerAndWait";
  /** The streams of which it has chunks; absent: none that is known yet. */
  readonly realtimeStreams?: readonly string[];
}

/** A value that the server could not give. */
interface ValueError {
  readonly code: string;
  readonly message: string;
}

/** A run with its values. */
export interface RetrievedRun<Output = unknown, Payload = unknown> extends RunSummary {
  readonly payload?: Payload;
  readonly output?: Output;
  readonly payloadError?: ValueError;
  readonly outputError?: ValueError;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly error?: ErrorView;
  readonly relatedRuns: { readonly root?: RunSummary; readonly parent?: RunSummary };
}

/** A dead letter: what went wrong, and the last checkpoint that succeeded. */
export interface DeadLetter extends RunSummary {
  readonly error?: ErrorView;
  readonly lastGood?: { readonly number: number; readonly name: string; readonly at: string };
}

/** An answer's JSON. */
type Raw = Readonly<Record<string, unknown>>;

const dates = ["createdAt", "updatedAt", "startedAt", "finishedAt", "delayedUntil", "expiredAt"];

/** A run of a list, or a part of another one. */
export function summaryOf<T extends RunSummary>(raw: Raw): T {
  const given = dates.flatMap((name) =>
    typeof raw[name] === "string" ? [[name, new Date(raw[name])] as const] : [],
  );
  return { ...raw, ...Object.fromEntries(given) } as unknown as T;
}

type Link = (link: string) => Promise<string>;

async function valueFrom(raw: Raw, name: "payload" | "output", link: Link): Promise<Raw> {
  const url = raw[`${name}PresignedUrl`];
  const text = typeof url === "string" ? await link(url) : raw[`${name}Text`];
  if (typeof text === "string") return { [name]: decode(text, name) };
  return name in raw ? { [name]: raw[name] } : {};
}

/** A run from the answer that retrieves it; `link` fetches what is kept apart. */
export async function retrievedRun<Output, Payload>(
  raw: Raw,
  link: Link,
): Promise<RetrievedRun<Output, Payload>> {
  const [payload, output] = await Promise.all([
    valueFrom(raw, "payload", link),
    valueFrom(raw, "output", link),
  ]);
  const { relatedRuns: related = {} } = raw as { relatedRuns?: Readonly<Record<string, Raw>> };
  const relatedRuns = Object.fromEntries(
    Object.entries(related).map(([name, run]) => [name, summaryOf(run)]),
  );
  const how = /^(payload|output)(Type|Text|PresignedUrl)?$/;
  const rest = Object.fromEntries(Object.entries(raw).filter(([name]) => !how.test(name)));
  return { ...summaryOf<RetrievedRun<Output, Payload>>(rest), ...payload, ...output, relatedRuns };
}

/** A run that was put on the current version of the secrets. */
export interface Repinned {
  readonly id: string;
  /** The version that it is on now; a run that has not begun takes the one that is current then. */
  readonly secretVersion: string;
  /** The one that it was on; absent where nothing was changed. */
  readonly from?: string;
}

/** Runs of one version of the secrets that were put on the current one. */
export interface RepinnedAll {
  /** The version that they are on now. */
  readonly secretVersion: string;
  /** Their ids. */
  readonly runs: readonly string[];
  /** There may be more: ask again with it as `after`. */
  readonly next?: string;
}

/** How a dead letter is put back to work. */
export interface ResumeOptions {
  /** The code that it goes on with; `newest` by default. */
  readonly code?: "same" | "newest";
  /** Ids of checkpoints that are made again. */
  readonly redo?: readonly string[];
  /** Ids of checkpoints that are used, although the new code gives other inputs. */
  readonly keep?: readonly string[];
}
