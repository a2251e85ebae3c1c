/**
 * How a pass takes a run over: lease, journal, fence.
 *
 * Owns:      the reading of the log and the fence in it.
 * Invariant: C1 `run` is called only when every gap below the highest number read is filled and a pass record of this
 *            epoch is in the log (the first pass of a run needs none). C2 a newer epoch's record ends the pass.
 */

import { claim, type Lease } from "./head-write.ts";
import { Journal } from "./journal.ts";
import { lateness } from "./lateness.ts";
import { scan } from "./log-scan.ts";
import { startedLate } from "./pass-errors.ts";
import type { PassOptions } from "./pass-options.ts";
import type { Ports } from "./ports.ts";
import { fromText, type JournalRecord, toText } from "./record.ts";
import { isFinished, type Run } from "./run.ts";
import { endWithoutPass } from "./verdict.ts";
import type { Draft } from "./writer.ts";

export type Claimed =
  | { readonly run: Run; readonly lease: Lease }
  | "busy"
  | "unknown"
  | { readonly finished: Run };

/** Takes the lease, if it is free. */
export async function takeLease(
  ports: Ports,
  { runId, owner, leaseMs, queues, secrets }: Omit<PassOptions, "findTask">,
): Promise<Claimed> {
  const now = ports.clock.now();
  const until = leaseMs === undefined ? undefined : now + leaseMs;
  const answer = await ports.store.write(runId, claim(owner, now, until, queues, secrets?.version));
  if (answer.run === undefined) return "unknown";
  if (answer.applied) return { run: answer.run, lease: { runId, owner, epoch: answer.run.epoch } };
  if (answer.isFull) await expireParked(ports, answer.run);
  return isFinished(answer.run.status) ? { finished: answer.run } : "busy";
}

/** A run that has waited for a slot beyond its ttl is not started at all. */
export async function expireParked(ports: Ports, run: Run): Promise<void> {
  const now = ports.clock.now();
  const late = run.epoch === 0 ? startedLate(run, now) : undefined;
  if (late === undefined) return;
  const { name, message, code } = late;
  const { run: ended } = await endWithoutPass(ports, run, "expired", { name, message, code });
  if (ended?.wakeAt !== undefined) ports.doorbell.ring(run.id);
}

/** Reads the log and puts the fence into it. Undefined: a newer pass has taken over. */
export async function readJournal(ports: Ports, run: Run, lease: Lease): Promise<Journal | undefined> {
  const records = new Map<number, JournalRecord>();
  const isFirst = lease.epoch === 1 && run.forkOf === undefined;
  if (!isFirst) await readInto(records, ports, run.id);
  if (run.forkOf !== undefined) {
    const { takeAlong } = await import("./fork-log.ts");
    if (!(await takeAlong(records, ports, run, lease, put))) return undefined;
  }
  if (!isFirst && !(await fence(records, ports, run, lease))) return undefined;
  const journal = new Journal();
  const { top, voids } = scan(records);
  for (let number = 1; number <= top; number++) {
    const record = records.get(number);
    if (record !== undefined) journal.add(number, record, voids.has(number));
  }
  return journal;
}

async function readInto(records: Map<number, JournalRecord>, ports: Ports, runId: string): Promise<void> {
  for (let after = 0, more = true; more; ) {
    const page = await ports.store.journal(runId, after);
    for (const entry of page.entries) {
      records.set(entry.number, fromText(entry.data));
      after = entry.number;
    }
    more = page.more;
  }
}

async function fence(
  records: Map<number, JournalRecord>,
  ports: Ports,
  run: Run,
  lease: Lease,
): Promise<boolean> {
  for (;;) {
    const { top, gaps } = scan(records);
    const stamp = { t: ports.clock.now(), by: lease.owner, epoch: lease.epoch };
    for (const number of gaps) {
      if (!(await put(records, ports, lease, number, { kind: "empty", ...stamp }))) return false;
    }
    const number = top + 1;
    const late = lateness(run, records.get(top), stamp.t);
    const pass = { kind: "pass", codeVersion: run.codeVersion, ...stamp, ...late } as const;
    if (!(await put(records, ports, lease, number, pass))) return false;
    const there = records.get(number);
    if (there?.kind === "pass" && there.epoch === lease.epoch) return true;
    if (there !== undefined && there.epoch > lease.epoch) return false;
    await readInto(records, ports, run.id);
  }
}

/** Puts a record if its number is free; what is there already counts. False: the lease is gone. */
async function put(
  records: Map<number, JournalRecord>,
  ports: Ports,
  lease: Lease,
  number: number,
  record: JournalRecord,
): Promise<boolean> {
  const answer = await ports.store.append(lease, { number, epoch: lease.epoch, data: toText(record) });
  if (answer.outcome === "superseded") return false;
  records.set(number, answer.outcome === "appended" ? record : fromText(answer.entry.data));
  return true;
}

/** The record of a resume: what ended the run is to be made again, and what somebody has decided. */
export function resumeOf({ codeVersion, resumedFrom, failedBy = [], decided }: Run): Draft {
  const isOtherCode = resumedFrom !== undefined && resumedFrom !== codeVersion;
  const { redo = [], keep = [] } = decided ?? {};
  return {
    kind: "resume",
    codeVersion,
    isOtherCode,
    drops: failedBy,
    ...(redo.length === 0 ? {} : { redo }),
    ...(keep.length === 0 ? {} : { keep }),
  };
}
