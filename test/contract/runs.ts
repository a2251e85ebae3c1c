/** Heads, leases and entries as the contract tests need them. */

import { claim, type Lease } from "../../engine/head-write.ts";
import type { JournalEntry, Store } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";

let made = 0;

/** An id that no other run of this process has. */
export const newId = (): string => `run_${String(++made).padStart(6, "0")}`;

/** A queued run with nothing special about it. */
export function aRun(set: Partial<Run> = {}): Run {
  return {
    id: newId(),
    task: "order",
    status: "QUEUED",
    format: 1,
    payload: { inline: '{"n":1}' },
    payloadHash: "h",
    createdAt: 1_000,
    updatedAt: 1_000,
    codeVersion: "v1",
    seed: "s",
    epoch: 0,
    news: 0,
    wakeAt: 1_000,
    attempts: 0,
    activeMs: 0,
    deaths: 0,
    deathsAt: 0,
    lastNumber: 0,
    tags: [],
    priority: 0,
    depth: 0,
    isTest: false,
    resumes: 0,
    source: "api",
    ...set,
  };
}

/** A head as every store gives it back: without the fields that are undefined. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** A journal entry; its record is a result unless another kind is asked for. */
export function anEntry(number: number, epoch: number, text = "", kind = "result"): JournalEntry {
  return { number, epoch, data: JSON.stringify({ kind, text }) };
}

/** A new run, claimed by `owner`. */
export async function claimed(store: Store, owner = "p1", set: Partial<Run> = {}): Promise<Lease> {
  const run = aRun(set);
  await store.create(run);
  const answer = await store.write(run.id, claim(owner, 1_000));
  if (!answer.applied || answer.run === undefined) throw new Error(`${run.id} could not be claimed`);
  return { runId: run.id, owner, epoch: answer.run.epoch };
}

/** The whole journal, page by page. */
export async function wholeJournal(store: Store, runId: string, after = 0): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (;;) {
    const { entries, more } = await store.journal(runId, all.at(-1)?.number ?? after);
    all.push(...entries);
    if (!more) return all;
    if (entries.length === 0) throw new Error("a page without entries says that there are more");
  }
}
