/**
 * The letter of a run that failed for good, and the rings that never got through.
 *
 * Owns:      the form of a letter.
 * Never:     puts a payload into a message: it says where the run is, and how to go on.
 * Invariant: a run keeps its wake time until its letter is sent (`engine/ending.ts`): none is lost, now and then one
 *            comes twice.
 */
import type { DeadLetters, Doorbell } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { attemptCount } from "./attempt-count.ts";
import { parseRing } from "./aws/sqs-doorbell.ts";
import type { Log } from "./log.ts";

/** What people need to know of it. */
function letterOf(run: Run): Readonly<Record<string, unknown>> {
  const { id, task, status, error, lastGood, codeVersion, finishedAt } = run;
  return {
    runId: id,
    task,
    status,
    error,
    lastGood,
    attemptCount: attemptCount(run),
    codeVersion,
    ...(finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt).toISOString() }),
    resume: `holdfast resume ${id}`,
  };
}

/** Messages are at most 1 MiB; the stack of an error is what may make one long. */
const longestText = 100_000;

/** Letters as messages of a queue. */
export function letters(send: (body: string) => Promise<void>, log: Log): DeadLetters {
  return {
    async put(run) {
      const letter = JSON.stringify(letterOf(run));
      const { stack: _, ...error } = run.error ?? { name: "Error", message: run.status };
      await send(letter.length <= longestText ? letter : JSON.stringify({ ...letterOf(run), error }));
      log.error("Run failed for good", { runId: run.id, task: run.task, status: run.status, error });
    },
  };
}

/** A message as it was received. */
export interface Received {
  readonly body: string;
  readonly receipt: string;
}

/** The queue of rings that SQS gave up on. */
export interface LostRings {
  receive(): Promise<readonly Received[]>;
  remove(receipts: readonly string[]): Promise<void>;
}

/** Ten messages each. */
const rounds = 10;

/** Rings again, then takes the messages away. What is no ring is told of and taken away as well. */
export async function ringLostAgain(
  lost: LostRings,
  bell: Doorbell & { flush(): Promise<void> },
  log: Log,
): Promise<number> {
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const messages = await lost.receive();
    if (messages.length === 0) break;
    for (const { body } of messages) {
      const ring = parseRing(body);
      if (ring === undefined) log.warn("A message that is no ring was dropped", { length: body.length });
      else bell.ring(ring.runId);
    }
    await bell.flush();
    await lost.remove(messages.map(({ receipt }) => receipt));
    count += messages.length;
  }
  return count;
}
