/**
 * What a journal says of transactions by hand: which have ended, and which records belong to one.
 *
 * Invariant: a record of a transaction that has not ended is provisional: its unit is made again in the next pass, at its
 *            place, and what comes out then takes its place.
 */
import type { JournalRecord, MarkerRecord, ResultRecord } from "./record.ts";

interface Named {
  readonly key: string;
  readonly gen: number;
}

/** A transaction's name: that of the unit which began it. */
export const transactionId = (key: string, gen: number): string => `${key}@${gen}`;

export class TransactionLog {
  readonly #ended = new Set<string>();
  readonly #members = new Map<string, Named[]>();

  note(record: JournalRecord): void {
    if (!("key" in record || "endsTx" in record)) return;
    if ("endsTx" in record && record.endsTx !== undefined) this.#ended.add(record.endsTx);
    if (!("key" in record)) return;
    const id = "tx" in record ? record.tx : undefined;
    const of = id ?? ("endsTx" in record ? record.endsTx : undefined);
    if (of === undefined) return;
    const members = this.#members.get(of) ?? [];
    members.push({ key: record.key, gen: record.gen });
    this.#members.set(of, members);
  }

  isEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /** Does it belong to a transaction that has not ended? */
  isProvisional({ tx }: ResultRecord | MarkerRecord): boolean {
    return tx !== undefined && !this.#ended.has(tx);
  }

  /** Is it a transaction that has ended, or was it made within one? */
  isOver({ key, gen, tx }: MarkerRecord): boolean {
    return this.#ended.has(transactionId(key, gen)) || (tx !== undefined && this.#ended.has(tx));
  }

  /** With each record of a transaction all of them: one part alone is never made again. */
  whole(rejects: readonly Named[]): readonly Named[] {
    const all = new Map(rejects.map((one) => [transactionId(one.key, one.gen), one]));
    for (const members of this.#members.values()) {
      if (!members.some(({ key, gen }) => all.has(transactionId(key, gen)))) continue;
      for (const one of members) all.set(transactionId(one.key, one.gen), one);
    }
    return all.size === rejects.length ? rejects : [...all.values()];
  }
}
