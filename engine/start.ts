/**
 * What others do to a run from outside a pass: start it, cancel it, resume it.
 *
 * Owns:      the order of writes: put, then ring; inbox item, then news.
 * Never:     executes an author's function.
 * Invariant: a lost ring or a crash between two writes leaves a run that the timer finds.
 */
import { encode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { cancelItem, isAwaited } from "./inbox.ts";
import { hookedIn, newRun, type Started, type StartRequest } from "./new-run.ts";
import type { Ports, RunKey, Store } from "./ports.ts";
import { reschedule } from "./put-off.ts";
import { resume } from "./resuming.ts";
import { type Decided, isDeadLetter, isFinished, type Run } from "./run.ts";
import { tokenTask } from "./token-task.ts";
import { endWithoutPass } from "./verdict.ts";

/** Default life of an idempotency key: Trigger.dev's 30 days. */
const idempotencyKeyTtlMs = 30 * 86_400_000;

/** Creates a run, or finds the one with the same idempotency key, and rings for it. */
export async function startRun(ports: Ports, request: StartRequest): Promise<Started> {
  if (request.debounce !== undefined)
    return (await import("./debounce.ts")).gather(ports, request, request.debounce, { keyOf, givesUpKey });
  const now = ports.clock.now();
  const text = encode(request.payload).text;
  const run = await newRun(ports, request, text, now);
  const { created, run: found } = await put(ports, run, keyOf(request, now));
  if (created && run.status === "QUEUED") ports.doorbell.ring(run.id);
  // A debounced run that the key was given to has another trigger's payload.
  const isKeyOwn = found.idempotencyKey === run.idempotencyKey;
  const payloadChanged = isKeyOwn && found.payloadHash !== run.payloadHash;
  return { id: found.id, run: found, isCached: !created, payloadChanged };
}

/** The key of a request, as stores know it. */
function keyOf(
  { task, idempotencyKey, idempotencyKeyTtlMs: ttl }: StartRequest,
  now: number,
): RunKey | undefined {
  if (idempotencyKey === undefined) return undefined;
  return { key: `${task}:${idempotencyKey}`, expiresAt: now + (ttl ?? idempotencyKeyTtlMs) };
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

function unknownRun(runId: string): HoldfastError {
  return new HoldfastError(
    "HF208",
    `There is no run ${runId}.`,
    "Check the id: it is what trigger() or the webhook answered; `holdfast runs list` shows the newest.",
  );
}

/**
 * Asks a run to cancel; `by`: for a bulk action. A run that no pass has ever worked on ends at once, or behind its hooks; any other gets a `cancel` inbox item.
 * @throws HoldfastError HF208 for an unknown run.
 */
export async function cancelRun(ports: Ports, runId: string, by?: string): Promise<Run> {
  const now = ports.clock.now();
  const run = await ports.store.read(runId);
  if (run === undefined) throw unknownRun(runId);
  if (isFinished(run.status)) return run;
  if (run.epoch === 0) {
    const ended = await endWithoutPass(ports, run, "canceled", undefined, isAwaited(run), by);
    if (ended.applied && ended.run !== undefined) {
      if (ended.run.wakeAt !== undefined) ports.doorbell.ring(runId);
      return ended.run;
    }
  }
  await ports.store.send(runId, cancelItem(run, by), now);
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
