/**
 * What others do to a run from outside a pass: start it, cancel it, resume it.
 *
 * Owns:      the order of writes: put, then ring; inbox item, then news.
 * Never:     executes an author's function.
 * Invariant: a lost ring or a crash between two writes leaves a run that the timer finds.
 */
import { encode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./hash.ts";
import { reschedule, resume } from "./head-write.ts";
import { cancelItem } from "./inbox.ts";
import type { Ports, Store } from "./ports.ts";
import { type Decided, formatVersion, isDeadLetter, isFinished, type Run, type Stored } from "./run.ts";
import { tokenTask } from "./token-task.ts";
import { endWithoutPass } from "./verdict.ts";

/** Texts longer than this go to the spill. */
const spillBytes = 32 * 1024;

/** How long after its creation a run whose ring was lost is rung again. */
export const graceMs = 1_000;

/** Default life of an idempotency key: Trigger.dev's 30 days. */
const idempotencyKeyTtlMs = 30 * 86_400_000;

/** Keeps a codec text beside its owner, or in the spill when it is longer than `inlineMax`. */
export async function keep(
  ports: Pick<Ports, "spill">,
  text: string,
  inlineMax = spillBytes,
): Promise<Stored> {
  if (text.length <= inlineMax) return { inline: text };
  return { ref: await ports.spill.put(text), bytes: text.length };
}

/** The codec text behind a `Stored`. */
export function textOf(ports: Pick<Ports, "spill">, stored: Stored): Promise<string> | string {
  return "inline" in stored ? stored.inline : ports.spill.get(stored.ref);
}

/** What it takes to start a run. Times are Unix milliseconds. */
export interface StartRequest {
  readonly task: string;
  readonly payload: unknown;
  readonly codeVersion: string;
  readonly source: Run["source"];
  /** The run's id; a new one by default. */
  readonly id?: string;
  /** Already scoped; the task's id is added. */
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTtlMs?: number;
  readonly delayUntil?: number;
  readonly ttlMs?: number;
  readonly maxAttempts?: number;
  readonly maxDurationMs?: number;
  readonly machine?: Run["machine"];
  readonly tags?: readonly string[];
  readonly metadata?: unknown;
  readonly concurrencyKey?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly parent?: { readonly run: Run; readonly key: string; readonly waits: boolean };
  readonly batchId?: string;
  readonly isTest?: boolean;
  /** The run that this one does over. */
  readonly replayOf?: string;
}

/** What became of a start. */
export interface Started {
  readonly id: string;
  /** The head that counts. */
  readonly run: Run;
  /** True when a run with this idempotency key was there already. */
  readonly isCached: boolean;
  /** True when that run had another payload. */
  readonly payloadChanged: boolean;
}

/** Creates a run, or finds the one with the same idempotency key, and rings for it. */
export async function startRun(ports: Ports, request: StartRequest): Promise<Started> {
  const now = ports.clock.now();
  const text = encode(request.payload).text;
  const run = await newRun(ports, request, text, now);
  const key = request.idempotencyKey === undefined ? undefined : `${request.task}:${request.idempotencyKey}`;
  const expiresAt = now + (request.idempotencyKeyTtlMs ?? idempotencyKeyTtlMs);
  const { created, run: found } = await put(ports, run, key === undefined ? undefined : { key, expiresAt });
  if (created && run.status === "QUEUED") ports.doorbell.ring(run.id);
  const payloadChanged = found.payloadHash !== run.payloadHash;
  return { id: found.id, run: found, isCached: !created, payloadChanged };
}

/** Puts the head, or finds the one with the same id or key. A run that failed holds its key no longer. */
async function put(
  { store }: Ports,
  run: Run,
  key: Parameters<Store["create"]>[1],
): ReturnType<Store["create"]> {
  for (;;) {
    const put = await store.create(run, key);
    if (put.created || key === undefined || put.run.id === run.id || !givesUpKey(put.run)) return put;
    await store.free(key.key, run.createdAt, put.run.id);
  }
}

/** Trigger.dev's rule. A delivery that comes again is none of it: its run is a dead letter, and can be resumed. */
const givesUpKey = ({ status, task, source }: Run): boolean =>
  (isDeadLetter(status) || status === "EXPIRED") && source !== "webhook" && task !== tokenTask;

const hashOf = (text: string): string => hashText(text, 20);

/** Equal payloads have equal hashes. */
export const payloadHash = (payload: unknown): string => hashOf(encode(payload).text);

async function newRun(ports: Ports, request: StartRequest, text: string, now: number): Promise<Run> {
  const { parent, delayUntil } = request;
  const isDelayed = delayUntil !== undefined && delayUntil > now;
  const metadata =
    request.metadata === undefined ? undefined : await keep(ports, encode(request.metadata).text);
  return given<Run>({
    id: request.id ?? ports.chance.id("run_"),
    task: request.task,
    status: isDelayed ? "DELAYED" : "QUEUED",
    format: formatVersion,
    payload: await keep(ports, text),
    payloadHash: hashOf(text),
    createdAt: now,
    updatedAt: now,
    delayedUntil: isDelayed ? delayUntil : undefined,
    ttlMs: request.ttlMs,
    codeVersion: request.codeVersion,
    seed: ports.chance.id(""),
    epoch: 0,
    news: 0,
    wakeAt: isDelayed ? delayUntil : now + graceMs,
    attempts: 0,
    maxAttempts: request.maxAttempts,
    maxDurationMs: request.maxDurationMs,
    machine: request.machine,
    activeMs: 0,
    deaths: 0,
    deathsAt: 0,
    lastNumber: 0,
    idempotencyKey: request.idempotencyKey,
    tags: request.tags ?? [],
    metadata,
    queue: request.queue,
    concurrencyKey: request.concurrencyKey,
    priority: request.priority ?? 0,
    ...familyOf(parent),
    batchId: request.batchId,
    isTest: request.isTest ?? false,
    hasEndHooks: hookedIn(ports, request.task),
    resumes: 0,
    source: request.source,
    replayOf: request.replayOf,
  });
}

const hookedIn = ({ hasEndHooks }: Ports, task: string): true | undefined =>
  hasEndHooks?.(task) === true ? true : undefined;

function familyOf(
  parent: StartRequest["parent"],
): Pick<Run, "depth"> & Partial<Pick<Run, "parent" | "startedBy" | "root">> {
  if (parent === undefined) return { depth: 0 };
  const { run, key, waits } = parent;
  const family = { root: run.root ?? run.id, depth: run.depth + 1 };
  return waits ? { ...family, parent: { runId: run.id, key } } : { ...family, startedBy: run.id };
}

/** The fields that have a value. */
function given<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function unknownRun(runId: string): HoldfastError {
  return new HoldfastError(
    "HF208",
    `There is no run ${runId}.`,
    "Check the id: it is what trigger() or the webhook answered.",
  );
}

/**
 * Asks a run to cancel. A run that no pass has ever worked on ends at once, or behind its hooks; any other gets a `cancel` inbox item.
 * @throws HoldfastError HF208 for an unknown run.
 */
export async function cancelRun(ports: Ports, runId: string): Promise<Run> {
  const now = ports.clock.now();
  const run = await ports.store.read(runId);
  if (run === undefined) throw unknownRun(runId);
  if (isFinished(run.status)) return run;
  if (run.epoch === 0) {
    const ended = await endWithoutPass(ports, run, "canceled", undefined);
    if (ended.applied && ended.run !== undefined) {
      if (ended.run.wakeAt !== undefined) ports.doorbell.ring(runId);
      return ended.run;
    }
  }
  await ports.store.send(runId, cancelItem(run), now);
  ports.doorbell.ring(runId);
  return (await ports.store.read(runId)) ?? run;
}

/** HF209, for a run that is not to be resumed. */
export const notResumable = ({ id, status }: Run): HoldfastError =>
  new HoldfastError(
    "HF209",
    `Run ${id} is ${status}.`,
    "Only a dead letter can be resumed: see `holdfast dlq list`.",
  );

/**
 * Puts a dead letter back to work on `codeVersion`; everything that its journal holds is reused, unless it was decided
 * otherwise.
 * @throws HoldfastError HF208 for an unknown run, HF209 for one that is no dead letter.
 */
export async function resumeRun(
  ports: Ports,
  runId: string,
  codeVersion: string,
  decided?: Decided,
): Promise<Run> {
  const run = await ports.store.read(runId);
  if (run === undefined) throw unknownRun(runId);
  if (!isDeadLetter(run.status)) throw notResumable(run);
  const hasEndHooks = codeVersion === run.codeVersion ? run.hasEndHooks : hookedIn(ports, run.task);
  const written = await ports.store.write(
    runId,
    resume(run, ports.clock.now(), codeVersion, decided, hasEndHooks),
  );
  if (!written.applied || written.run === undefined) {
    throw new HoldfastError(
      "HF209",
      `Run ${runId} has just been changed by somebody else.`,
      "Look at it again, then decide.",
    );
  }
  ports.doorbell.ring(runId);
  return written.run;
}

/**
 * Puts the start of a delayed run to another time.
 * @throws HoldfastError HF208 for an unknown run, HF209 for one that has begun or ended.
 */
export async function rescheduleRun(ports: Ports, runId: string, at: number): Promise<Run> {
  const now = ports.clock.now();
  const { applied, run } = await ports.store.write(runId, reschedule(now, Math.max(at, now)));
  if (run === undefined) throw unknownRun(runId);
  if (applied) return run;
  const what = `Run ${runId} is ${run.status}.`;
  throw new HoldfastError("HF209", what, "Only a run that is DELAYED can be rescheduled.");
}
