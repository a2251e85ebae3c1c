/**
 * How a run ends: its output or error is kept, its parent is told, a dead letter is laid down.
 *
 * Owns:      the order of the last writes.
 * Invariant: a run that has ended keeps `wakeAt` until all have been told: a crash in between is found by the timer.
 */
import { decode, encode, prepare } from "./codec.ts";
import { announce, finish, type Lease, type Shown } from "./head-write.ts";
import { childItem, endItem, type Waiter, waitersIn } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import { writeWithRecord } from "./last-record.ts";
import { keep, textOf } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import { sendQuietly, waitsForMore } from "./quiet-send.ts";
import { isDeadLetter, isFinished, type Run, type RunEvent, type Stored, statusAfter } from "./run.ts";
import { toRunError } from "./run-error.ts";

export type Ending =
  | { readonly event: "completed"; readonly output: unknown }
  /** The output's codec text is kept already. */
  | { readonly event: "completed"; readonly stored: Stored }
  | {
      readonly event: "failed" | "canceled" | "timedOut" | "expired" | "crashed";
      readonly error: unknown;
      readonly failedBy?: Run["failedBy"];
    };

type Counts = Pick<Run, "activeMs" | "attempts" | "lastNumber"> & Shown;

/**
 * Writes the end of a run; false: another pass has taken over. `heard`: what the pass has read of the inbox; `last`: the record that
 * goes with the end.
 */
export async function writeEnd(
  ports: Ports,
  run: Run,
  lease: Lease,
  journal: Journal,
  counts: Counts,
  { event, set }: Outcome,
  heard: { readonly news: number; readonly hasWaiters: boolean },
  last?: string,
): Promise<boolean> {
  const { lastGood } = journal;
  const action = journal.cancelRequest?.action;
  const head = {
    ...counts,
    ...set,
    ...(event === "completed" || lastGood === undefined ? {} : { lastGood }),
    ...(event === "canceled" && action !== undefined ? { canceledBy: action } : {}),
    ...(last === undefined ? {} : { lastRecord: { inline: last } }),
  };
  const now = ports.clock.now();
  const tells = heard.hasWaiters || hasToTell(ports, run, event);
  const end = finish(lease, event, now, head, tells);
  const written = last === undefined ? ports.store.write(run.id, end) : writeWithRecord(ports, run.id, end);
  const answer = await written;
  if (!answer.applied || answer.run === undefined) return false;
  // Somebody may have asked to be told when the inbox had been read for the last time.
  const isAsked = answer.run.news > heard.news;
  await tellOfEnd(ports, isAsked ? { ...answer.run, wakeAt: now } : answer.run);
  return true;
}

/** Does somebody have to be told when a run ends in this way? */
function hasToTell(ports: Ports, run: Run, event: RunEvent): boolean {
  const status = statusAfter("EXECUTING", event);
  const isLetter = status !== undefined && isDeadLetter(status) && ports.deadLetters !== undefined;
  return isLetter || run.parent !== undefined;
}

/** Tells all who have to know of a run's end, and then forgets about it; again, if somebody asks meanwhile. */
export async function tellOfEnd(ports: Ports, ended: Run): Promise<void> {
  let run: Run | undefined = ended;
  while (run?.wakeAt !== undefined && isFinished(run.status)) {
    if (isDeadLetter(run.status)) await ports.deadLetters?.put(run);
    if (run.news > 0) await tellWaiters(ports, run);
    if (run.parent !== undefined) await tellParent(ports, run, run.parent);
    const answer = await ports.store.write(run.id, announce(ports.clock.now(), run.news));
    if (answer.applied) return;
    run = answer.run;
  }
}

async function tellWaiters(ports: Ports, run: Run): Promise<void> {
  for (const waiter of waitersIn(await ports.store.inbox(run.id))) await tellWaiter(ports, run, waiter);
}

/** How a run ends, as its head says it. */
type Outcome = {
  readonly event: Ending["event"];
  readonly set: Partial<Pick<Run, "output" | "error" | "failedBy">>;
};

/** An output that cannot be recorded fails the run. */
export async function outcome(ports: Ports, ending: Ending): Promise<Outcome> {
  if (ending.event !== "completed") {
    const { event, error, failedBy } = ending;
    return {
      event,
      set: {
        error: toRunError(error),
        ...(failedBy === undefined || failedBy.length === 0 ? {} : { failedBy }),
      },
    };
  }
  if ("stored" in ending) return { event: "completed", set: { output: ending.stored } };
  let text: string;
  try {
    await prepare(ending.output);
    text = encode(ending.output).text;
  } catch (error) {
    return { event: "failed", set: { error: toRunError(error) } };
  }
  return { event: "completed", set: { output: await keep(ports, text) } };
}

/** Puts a run's end into its parent's inbox. Children of a batch wake their parent when all of them have ended. */
async function tellParent(ports: Ports, run: Run, parent: NonNullable<Run["parent"]>): Promise<void> {
  const { runId, ...asked } = parent;
  const item = childItem(run, { ...asked, gen: run.resumes, value: await resultOf(ports, run) });
  if (run.batchId !== undefined) return sendQuietly(ports, runId, item, waitsForMore);
  await ports.store.send(runId, item, ports.clock.now());
  ports.doorbell.ring(runId);
}

/** Puts a run's end into the inbox of whoever waits for it without being its parent. */
export async function tellWaiter(ports: Ports, ended: Run, { runId, ...asked }: Waiter): Promise<void> {
  const item = endItem(ended, { ...asked, value: await resultOf(ports, ended) });
  await ports.store.send(runId, item, ports.clock.now());
  ports.doorbell.ring(runId);
}

/** Trigger.dev's `TaskRunResult`, as the parent gets it. */
async function resultOf(ports: Ports, run: Run): Promise<Stored> {
  const base = { id: run.id, taskIdentifier: run.task };
  const output = run.output === undefined ? undefined : decode(await textOf(ports, run.output));
  const result =
    run.status === "COMPLETED"
      ? { ok: true, ...base, output }
      : { ok: false, ...base, error: run.error ?? { name: "Error", message: run.status } };
  return keep(ports, encode(result).text);
}
