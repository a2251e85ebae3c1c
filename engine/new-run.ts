/**
 * A run that does not exist yet: what is asked for, and the head that it begins with.
 *
 * Never:     stores a head.
 */
import { encode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./hash.ts";
import type { Ports } from "./ports.ts";
import { type Asked, formatVersion, type Run, type Stored } from "./run.ts";

/** Texts longer than this go to the spill. */
const spillBytes = 32 * 1024;

/** So many runs may wait for one another in a row: a task that calls itself without an end stops there. */
const mostNested = 1_000;

/** How long after its creation a run whose ring was lost is rung again. */
export const graceMs = 1_000;

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
  /** Starts together with others of the same key; see `debounce.ts`. */
  readonly debounce?: Debounce;
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
  /** Limits in place of those that the task shares with others. */
  readonly concurrency?: readonly string[];
  readonly priority?: number;
  readonly parent?: { readonly run: Run; readonly key: string; readonly waits: boolean } & Asked;
  readonly batchId?: string;
  readonly scheduleId?: string;
  readonly isTest?: boolean;
  /** The run that this one does over. */
  readonly replayOf?: string;
}

/** How triggers are gathered into one run. */
export interface Debounce {
  /** Runs of one task with the same key are gathered. */
  readonly key: string;
  /** How long after the last trigger the run starts. */
  readonly delayMs: number;
  /** The last trigger's payload and options count, not the first's. */
  readonly isTrailing: boolean;
  /** How long after the first trigger the run starts at the latest; for ever by default. */
  readonly maxDelayMs?: number;
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

const hashOf = (text: string): string => hashText(text, 20);

/** Equal payloads have equal hashes. */
export const payloadHash = (payload: unknown): string => hashOf(encode(payload).text);

/** The head of a new run; `text`: its payload, as the codec writes it. */
export async function newRun(ports: Ports, request: StartRequest, text: string, now: number): Promise<Run> {
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
    concurrency: request.concurrency,
    concurrencyKey: request.concurrencyKey,
    priority: request.priority ?? 0,
    ...familyOf(parent),
    batchId: request.batchId,
    scheduleId: request.scheduleId,
    isTest: request.isTest ?? false,
    hasEndHooks: hookedIn(ports, request.task),
    resumes: 0,
    source: request.source,
    replayOf: request.replayOf,
  });
}

/** Has the task hooks that a run is told of which ends without a pass? */
export const hookedIn = ({ hasEndHooks }: Ports, task: string): true | undefined =>
  hasEndHooks?.(task) === true ? true : undefined;

function familyOf(
  parent: StartRequest["parent"],
): Pick<Run, "depth"> & Partial<Pick<Run, "parent" | "startedBy" | "root" | "nested">> {
  if (parent === undefined) return { depth: 0 };
  const { run, key, waits, ...asked } = parent;
  const family = { root: run.root ?? run.id, depth: run.depth + 1 };
  if (!waits) return { ...family, startedBy: run.id };
  const nested = (run.nested ?? 0) + 1;
  if (nested > mostNested) throw tooDeep(run);
  return { ...family, parent: { runId: run.id, key, ...asked }, nested };
}

const tooDeep = ({ id, task }: Run): HoldfastError =>
  new HoldfastError(
    "HF522",
    `Run ${id} of ${task} is not to wait for another child: ${mostNested} runs wait for it already, each for the next.`,
    "Let the recursion end, or start the next run with trigger(), which nobody waits for.",
  );

/** The fields that have a value. */
function given<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  // Without a prototype, as in `changed`.
  const found = { __proto__: null } as unknown as T;
  for (const name in fields) if (fields[name] !== undefined) found[name] = fields[name];
  return found;
}
