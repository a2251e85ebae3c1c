/**
 * What a pass did to its run, learned from its own calls of the store: metrics and traces cost no call of their own, but
 * for a run that has crashed, whose journal nobody else reads.
 *
 * Never:     keeps a value of the author's, changes what the store does or answers, or holds it up.
 * Invariant: the records from `firstNew` on are those that no earlier pass has told of: a pass that dies tells nothing, and
 *            what it wrote is told by the next one that ends.
 */
import { decode } from "../engine/codec.ts";
import { lastEntry } from "../engine/last-entry.ts";
import type { Clock, JournalEntry, Store } from "../engine/ports.ts";
import { fromText, type JournalRecord } from "../engine/record.ts";
import type { Run, Stored } from "../engine/run.ts";

/** A record without what the author's code gave or got. */
export type Outline = JournalRecord & {
  /** Of a result that is an error: its name. */
  readonly errorName?: string;
};

/** A pass that has ended, and what is known of its run. */
export interface SeenPass {
  readonly outcome: string;
  /** The head as the pass claimed it; undefined: it claimed nothing. */
  readonly claimed: Run | undefined;
  /** The head as it was last seen. */
  readonly last: Run;
  readonly claimedAt: number;
  readonly endedAt: number;
  /** Records by number, without values: those from `firstNew` on, and, where all are wanted, those before. */
  readonly records: ReadonlyMap<number, Outline>;
  /** The lowest number that no earlier pass has told of. */
  readonly firstNew: number;
}

/** Watches one pass. */
interface Watched<S> {
  /** For the pass, in place of its store. */
  readonly store: S;
  /** What there is to tell once it has ended so; undefined: nothing. */
  ended(outcome: string): SeenPass | undefined;
}

const nothing = { inline: "" } as const;

/** The name of a recorded error; anything can be thrown, and some of it is kept apart. */
function nameOf(value: Stored): string {
  try {
    const thrown = "inline" in value ? decode(value.inline) : undefined;
    return thrown instanceof Error ? thrown.name : "Error";
  } catch {
    return "Error";
  }
}

function outline(text: string): Outline {
  const record = fromText(text);
  const inv = record.inv?.map((each) => ({ ...each, args: "" }));
  const bare = inv === undefined ? record : { ...record, inv };
  if (bare.kind === "ended") return { ...bare, value: nothing };
  if (bare.kind !== "result") return bare;
  const { input: _, changes: __, metadata: ___, ...rest } = bare;
  return { ...rest, value: nothing, ...(bare.ok ? {} : { errorName: nameOf(bare.value) }) };
}

/** The lease was given back, or the run has ended: whatever else a pass comes to is told by the next. */
const inOrder = new Set(["finished", "suspended", "yielded"]);

/** Watches the pass of a run. `all`: keep what it reads of the journal, too. */
export function watchPass<S extends Store>(
  store: S,
  runId: string,
  clock: Pick<Clock, "now">,
  all: boolean,
): Watched<S> {
  const records = new Map<number, Outline>();
  const heads: { claimed?: Run; last?: Run } = {};
  let claimedAt = clock.now();
  const firstNew = (): number => ((heads.claimed ?? heads.last)?.lastNumber ?? 0) + 1;
  const keep = (entries: readonly JournalEntry[]): void => {
    for (const { number, data } of entries)
      if (all || number >= firstNew()) records.set(number, outline(data));
  };
  const readAll = async (): Promise<void> => {
    for (let after = 0, more = true; more; ) {
      const page = await store.journal(runId, after);
      keep(page.entries);
      after = page.entries.at(-1)?.number ?? after;
      more = page.more && page.entries.length > 0;
    }
  };
  const watched: S = {
    ...store,
    async write(id, write) {
      const written = await store.write(id, write);
      if (id !== runId || written.run === undefined) return written;
      if (written.applied && write.event === "claimed") {
        heads.claimed = written.run;
        claimedAt = clock.now();
      }
      heads.last = written.run;
      const last = write.event === "completed" && written.applied ? lastEntry(written.run) : undefined;
      if (last !== undefined) keep([last]);
      if (all && !written.applied && written.run.status === "CRASHED") await readAll();
      return written;
    },
    async append(lease, entry) {
      const appended = await store.append(lease, entry);
      if (appended.outcome === "appended") keep([entry]);
      else if (appended.outcome === "taken") keep([appended.entry]);
      return appended;
    },
    async journal(id, after) {
      const page = await store.journal(id, after);
      if (id === runId) keep(page.entries);
      return page;
    },
  };
  return {
    store: watched,
    ended(outcome) {
      const { claimed, last } = heads;
      if (last === undefined || !inOrder.has(outcome)) return undefined;
      return { outcome, claimed, last, claimedAt, endedAt: clock.now(), records, firstNew: firstNew() };
    },
  };
}
