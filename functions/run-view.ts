/**
 * Runs as the API shows them: Trigger.dev's shape.
 *
 * Values: `payload` and `output` are JSON. Where JSON cannot carry a value (dates, bigints, maps, circles …) they are what
 * JSON can show of it, `payloadType` / `outputType` is "holdfast/codec", and `payloadText` / `outputText` is the codec text
 * from which `decode` makes the very value. Else the type is "application/json". A value that would make the answer larger
 * than 4 MB comes as `payloadPresignedUrl` / `outputPresignedUrl` instead, which gives the codec text. A stored value that
 * is gone or cannot be read is told in `payloadError` / `outputError`: the rest of the run can still be seen.
 *
 * Never: writes.
 */
import { decode } from "../engine/codec.ts";
import { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import type { Ports } from "../engine/ports.ts";
import { isFinished, type Run, type RunStatus, type Stored } from "../engine/run.ts";
import { noTtlMs } from "../sdk/duration.ts";
import { attemptCount } from "./attempt-count.ts";
import { jsonView } from "./json-view.ts";
import { slotOf } from "./run-waits.ts";
import { errorIn } from "./tree-values.ts";

/** Values in an answer may weigh this much together; Lambda answers with at most 6 MB. */
const answerBytesMax = 4 * 1024 * 1024;

/** Bytes of a JSON text in an answer, which is a string in another JSON text where Lambda gives it: quotes weigh double. */
const weight = (json: string | undefined): number => Buffer.byteLength(JSON.stringify(json) ?? "");

/** `payloadType` and `outputType` of a value that JSON cannot carry. */
export const codecType = "holdfast/codec";

/** Trigger.dev's flags. `isCompleted` is true for every run that has ended, as its `runs.poll` expects. */
export function flags(status: RunStatus) {
  const isCompleted = isFinished(status);
  return {
    isQueued: status === "QUEUED" || status === "DELAYED" || status === "PENDING_VERSION",
    isExecuting: status === "EXECUTING" || status === "DEQUEUED",
    isWaiting: status === "WAITING",
    isCompleted,
    isSuccess: status === "COMPLETED",
    isFailed: isCompleted && status !== "COMPLETED" && status !== "CANCELED",
    isCancelled: status === "CANCELED",
  };
}

const date = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

/** What a run waits for, as people are told. */
export const waitsShown = ({ waitingFor }: Run) =>
  waitingFor && { kind: waitingFor.kind, count: waitingFor.count };
/** When a waiting run goes on by itself; of one that waits for somebody else, nobody knows. */
function waitingUntil({ status, waitingFor, wakeAt }: Run): string | undefined {
  const isByTime = waitingFor?.kind === "timer" || waitingFor?.kind === "retry";
  return status === "WAITING" && isByTime ? date(wakeAt) : undefined;
}

/** How long it may wait for its start, as a duration. */
export const ttlShown = ({ ttlMs = noTtlMs }: Run): string | undefined =>
  ttlMs >= noTtlMs ? undefined : `${Math.ceil(ttlMs / 1_000)}s`;

/** What lists and single runs have in common. */
export function summary(run: Run) {
  return {
    id: run.id,
    status: run.status,
    ...flags(run.status),
    taskIdentifier: run.task,
    version: run.codeVersion,
    secretVersion: run.secretVersion,
    secretReplaced: run.secretReplaced && {
      version: run.secretReplaced.version,
      at: date(run.secretReplaced.at),
    },
    idempotencyKey: run.idempotencyKey,
    isTest: run.isTest,
    createdAt: date(run.createdAt),
    updatedAt: date(run.updatedAt),
    startedAt: date(run.startedAt),
    finishedAt: date(run.finishedAt),
    delayedUntil: date(run.delayedUntil),
    expiredAt: run.status === "EXPIRED" ? date(run.finishedAt) : undefined,
    ttl: ttlShown(run),
    tags: run.tags,
    waitingFor: waitsShown(run),
    batchId: run.batchId,
    forkOf: run.forkOf && { id: run.forkOf.runId, number: run.forkOf.number },
    waitingUntil: waitingUntil(run),
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: run.activeMs,
    depth: run.depth,
    attemptCount: attemptCount(run),
    triggerFunction: triggerFunctionOf(run),
    realtimeStreams: run.streams,
  };
}

/** By what it was started, in Trigger.dev's words. */
function triggerFunctionOf({ parent, batchId }: Run) {
  if (batchId === undefined) return parent === undefined ? "trigger" : "triggerAndWait";
  return parent === undefined ? "batchTrigger" : "batchTriggerAndWait";
}

/** A dead letter: what went wrong, and how far the run had come. */
export function deadLetter(run: Run) {
  const { lastGood } = run;
  return {
    ...summary(run),
    error: run.error && errorIn(run.error),
    lastGood: lastGood && { number: lastGood.number, name: lastGood.name, at: lastGood.at },
  };
}

/** Makes a link to a large value. */
export type LinkTo = (ref: string) => Promise<string>;

/** The output of a run, as answers show it. */
export async function outputView(ports: Ports, run: Run, link: LinkTo) {
  const shown = run.output && (await new Values(ports, link).shown("output", run.output));
  return (shown ?? {}) as { output?: unknown; outputText?: string; outputType?: string };
}

/** A run with its values, as `GET /api/v3/runs/:id` answers. `link` makes a link to a large value. */
export async function runView(ports: Ports, run: Run, link: LinkTo) {
  const values = new Values(ports, link);
  const output = run.output && (await values.shown("output", run.output));
  const payload = await values.shown("payload", run.payload);
  const noted = run.changedMetadata ?? run.metadata;
  const { metadata } = noted ? await values.shown("metadata", noted) : {};
  return {
    // So many fields of several objects: without a prototype they take V8 a third of the time.
    __proto__: null,
    ...summary(run),
    ...payload,
    ...output,
    metadata,
    queue: run.queue,
    concurrency: run.concurrency,
    limits: run.limits,
    waitingSlot: slotOf(run),
    error: run.error && errorIn(run.error),
    relatedRuns: await relatedRuns(ports, run),
  };
}

/** Gives out values until the answer is full; what is left goes by link. */
export class Values {
  readonly #ports: Ports;
  readonly #link: (ref: string) => Promise<string>;
  #bytesLeft = answerBytesMax;

  constructor(ports: Ports, link: (ref: string) => Promise<string>) {
    this.#ports = ports;
    this.#link = link;
  }

  async shown(name: "payload" | "output" | "metadata", stored: Stored): Promise<Record<string, unknown>> {
    const byLink = async (ref: string) => ({
      [`${name}Type`]: codecType,
      [`${name}PresignedUrl`]: await this.#link(ref),
    });
    if ("ref" in stored && stored.bytes > this.#bytesLeft) return byLink(stored.ref);
    try {
      const text = await textOf(this.#ports, stored);
      const { json, exact } = jsonView(decode(text));
      const bytes = weight(JSON.stringify(json)) + (exact ? 0 : weight(JSON.stringify(text)));
      if ("ref" in stored && bytes > this.#bytesLeft) return byLink(stored.ref);
      this.#bytesLeft -= bytes;
      if (exact) return { [name]: json, [`${name}Type`]: "application/json" };
      return { [name]: json, [`${name}Type`]: codecType, [`${name}Text`]: text };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      return { [`${name}Error`]: { code: error.code, message: error.message } };
    }
  }
}

/** Root and parent, as far as their heads are still there. Children are not indexed, so they are not listed. */
async function relatedRuns(ports: Ports, run: Run) {
  const parentId = run.parent?.runId ?? run.startedBy;
  const [root, parent] = await Promise.all(
    [run.root, parentId].map((id) => (id === undefined ? undefined : ports.store.read(id))),
  );
  return { root: root && summary(root), parent: parent && summary(parent) };
}
