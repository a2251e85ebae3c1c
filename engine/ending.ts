/**
 * How a run ends: its output or error is kept, its parent is told, a dead letter is laid down.
 *
 * Owns:      the order of the last writes.
 * Invariant: a run that has ended keeps `wakeAt` until all have been told: a crash in between is found by the timer.
 */
import { decode, encode, prepare } from "./codec.ts";
import { announce, finish, type Lease } from "./head-write.ts";
import { childItem } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import type { Ports } from "./ports.ts";
import { toRunError } from "./retry.ts";
import { isDeadLetter, type Run, type RunEvent, statusAfter } from "./run.ts";
import { keep, textOf } from "./start.ts";

export type Ending =
  | { readonly event: "completed"; readonly output: unknown }
  | {
      readonly event: "failed" | "canceled" | "timedOut" | "expired";
      readonly error: unknown;
      readonly failedBy?: Run["failedBy"];
    };

type Counts = Pick<Run, "activeMs" | "attempts" | "lastNumber">;

/** Writes the end of a run; false: another pass has taken over. */
export async function writeEnd(
  ports: Ports,
  run: Run,
  lease: Lease,
  journal: Journal,
  counts: Counts,
  ending: Ending,
): Promise<boolean> {
  const { event, set } = await outcome(ports, ending);
  const { lastGood } = journal;
  const head = {
    ...counts,
    ...set,
    ...(event === "completed" || lastGood === undefined ? {} : { lastGood }),
  };
  const answer = await ports.store.write(
    run.id,
    finish(lease, event, ports.clock.now(), head, hasToTell(ports, run, event)),
  );
  if (!answer.applied || answer.run === undefined) return false;
  await tellOfEnd(ports, answer.run);
  return true;
}

/** Does somebody have to be told when a run ends in this way? */
function hasToTell(ports: Ports, run: Run, event: RunEvent): boolean {
  const status = statusAfter("EXECUTING", event);
  const isLetter = status !== undefined && isDeadLetter(status) && ports.deadLetters !== undefined;
  return isLetter || run.parent !== undefined;
}

/** Tells all who have to know of a run's end, and then forgets about it. */
export async function tellOfEnd(ports: Ports, run: Run): Promise<void> {
  if (run.wakeAt === undefined) return;
  if (isDeadLetter(run.status)) await ports.deadLetters?.put(run);
  if (run.parent !== undefined) await tellParent(ports, run);
  else await ports.store.write(run.id, announce(ports.clock.now()));
}

type Outcome = {
  readonly event: Ending["event"];
  readonly set: Partial<Pick<Run, "output" | "error" | "failedBy">>;
};

/** An output that cannot be recorded fails the run. */
async function outcome(ports: Ports, ending: Ending): Promise<Outcome> {
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
  let text: string;
  try {
    await prepare(ending.output);
    text = encode(ending.output).text;
  } catch (error) {
    return { event: "failed", set: { error: toRunError(error) } };
  }
  return { event: "completed", set: { output: await keep(ports, text) } };
}

/** Puts a run's end into a parent's inbox, then forgets about it if that parent is its own. */
export async function tellParent(ports: Ports, run: Run, isOwnParent = true): Promise<void> {
  if (run.parent === undefined || run.wakeAt === undefined) return;
  const { runId, key } = run.parent;
  const result = await resultOf(ports, run);
  const value = await keep(ports, encode(result).text);
  await ports.store.send(runId, childItem(run, { key, gen: run.resumes, value }), ports.clock.now());
  ports.doorbell.ring(runId);
  if (isOwnParent) await ports.store.write(run.id, announce(ports.clock.now()));
}

/** Trigger.dev's `TaskRunResult`, as the parent gets it. */
async function resultOf(ports: Ports, run: Run): Promise<unknown> {
  const base = { id: run.id, taskIdentifier: run.task };
  if (run.status !== "COMPLETED")
    return { ok: false, ...base, error: run.error ?? { name: "Error", message: run.status } };
  const output = run.output === undefined ? undefined : decode(await textOf(ports, run.output));
  return { ok: true, ...base, output };
}
