/**
 * Debounced triggers: those of one key that come while the run still waits for its start are gathered into it.
 *
 * The key lies where idempotency keys do, under words that none of those can have. A run that has begun gives it up.
 *
 * Owns:      when a trigger joins a run, and when it begins the next one.
 * Invariant: B1 of triggers at the same time one makes the run. B2 each has a run that starts `delayMs` after it or later;
 *            only where `maxDelayMs` allows no more, or after 30 days, a new run is begun instead of putting one off.
 *            B3 one that is made again after a crash may put the run off again, or begin another; it is never lost.
 */
import { encode } from "./codec.ts";
import type { HeadWrite } from "./head-write.ts";
import { type Debounce, keep, newRun, type Started, type StartRequest } from "./new-run.ts";
import type { Ports, RunKey } from "./ports.ts";
import { type Brought, putStartOff } from "./put-off.ts";
import type { Run } from "./run.ts";
import { allowedTags } from "./run-tags.ts";

/** How long after the first trigger others find its run. */
const gatherMs = 30 * 86_400_000;

/** A payload that comes later is part of the head for good: a larger one is kept apart. */
const inlineMax = 2_048;

/** No idempotency key begins with a colon: a task's id stands there. */
const keyOf = (task: string, key: string): string => `:debounce:${task}:${key}`;

/** What holds for idempotency keys, wherever a run is started. */
interface KeyRules {
  keyOf(request: StartRequest, now: number): RunKey | undefined;
  givesUpKey(run: Run): boolean;
}

/** Puts off the run of the same key, or creates one. An idempotency key beside it goes first: its run is put off by nobody again. */
export async function gather(
  ports: Ports,
  request: StartRequest,
  debounce: Debounce,
  rules: KeyRules,
): Promise<Started> {
  const { store, clock } = ports;
  const now = clock.now();
  const text = encode(request.payload).text;
  const delayUntil = now + debounce.delayMs;
  const run = await newRun(ports, { ...request, delayUntil }, text, now);
  const key = keyOf(request.task, debounce.key);
  const expiresAt = delayUntil + gatherMs;
  const idempotency = rules.keyOf(request, now);
  const given = (found: Run, isCached: boolean): Started => {
    return { id: found.id, run: found, isCached, payloadChanged: false };
  };
  for (;;) {
    const { created, run: found, isSecond } = await store.create(run, idempotency, { key, expiresAt });
    if (created || found.id === run.id) return given(found, !created);
    if (isSecond !== true && idempotency !== undefined) {
      if (!rules.givesUpKey(found)) return given(found, true);
      await store.free(idempotency.key, now, found.id);
      continue;
    }
    const joined = await join(ports, run, found, debounce, text);
    if (joined !== undefined) return given(await keyed(ports, joined, idempotency, now), false);
    await store.free(key, now, found.id);
  }
}

/** The run that a trigger has joined, with the trigger's key: behind the joining, so that no crash leaves a key whose trigger is lost. */
async function keyed(ports: Ports, joined: Run, key: RunKey | undefined, now: number): Promise<Run> {
  const owner = key === undefined ? joined.id : await ports.store.adopt(key, now, joined.id);
  return owner === joined.id ? joined : ((await ports.store.read(owner)) ?? joined);
}

/** Puts `found` off for the sake of `run`; undefined: it has begun, or may be put off no more. */
async function join(
  ports: Ports,
  run: Run,
  found: Run,
  { maxDelayMs = Number.POSITIVE_INFINITY, isTrailing }: Debounce,
  text: string,
): Promise<Run | undefined> {
  const now = run.createdAt;
  const at = run.delayedUntil ?? now;
  const brought = isTrailing ? await broughtBy(ports, run, text) : {};
  for (let head: Run | undefined = found; head?.status === "DELAYED"; ) {
    const due = head.delayedUntil ?? 0;
    if (at > head.createdAt + maxDelayMs) return undefined;
    if (!isTrailing && due >= at) return head;
    const write = putStartOff(now, Math.max(at, due), brought);
    const written = await ports.store.write(head.id, retagged(write, head));
    if (written.applied) return written.run;
    head = written.run;
  }
  return undefined;
}

/** The trigger's tags are in place of those of the triggers before; what was added from outside stays. @throws HoldfastError HF510 */
function retagged(write: HeadWrite, head: Run): HeadWrite {
  const { tagEdits = 0, addedTags = [] } = head;
  const { tags } = write.set;
  if (tags === undefined) return write;
  const all = allowedTags({ id: head.id, tags: addedTags }, tags);
  return {
    ...write,
    when: { ...write.when, tagEdits },
    set: { ...write.set, tags: [...new Set([...tags, ...all])], tagEdits: tagEdits + 1 },
  };
}

async function broughtBy(ports: Ports, run: Run, text: string): Promise<Brought> {
  const { payloadHash, metadata, tags, maxAttempts, maxDurationMs, machine } = run;
  const payload = await keep(ports, text, inlineMax);
  return {
    payload,
    payloadHash,
    ...(metadata === undefined ? {} : { metadata }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
    ...(machine === undefined ? {} : { machine }),
  };
}
