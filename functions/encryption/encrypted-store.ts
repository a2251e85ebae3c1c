/**
 * A store whose runs are sealed, each under a key of its own that stands, itself sealed, on its head.
 *
 * Owns:      what a sealed text belongs to: run and field, record number and epoch, inbox item. In another's place it does not open.
 * Never:     changes what the store decides. A run that was begun without a key stays as it is.
 * Invariant: with a key, nothing that the author's code was given or gave is stored in clear; records in clear are taken
 *            only where they say nothing (who began a pass, which number is empty).
 */
import type { HeadWrite } from "../../engine/head-write.ts";
import type { InboxItem, JournalEntry, Store, Written } from "../../engine/ports.ts";
import { isProgress } from "../../engine/record.ts";
import type { Run } from "../../engine/run.ts";
import { isEncrypted } from "../../engine/sealed-text.ts";
import { refsIn } from "../../engine/spilled.ts";
import type { UnseenClaims } from "../unseen-claim.ts";
import type { KeyRing } from "./key-ring.ts";
import { hasSealedFields, openedHead, sealedHead } from "./sealed-head.ts";
import type { Sealing } from "./sealing.ts";

/** Runs whose keys are kept at hand. */
const mostKnown = 5_000;
/** Characters of a page, as they are when they are opened: sealed texts are packed. */
const pageChars = 1_000_000;

/** Which key a run has; undefined: it is not sealed. */
class RunKeys {
  readonly #ring: KeyRing;
  readonly #known = new Map<string, Sealing | undefined>();

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  of({ id, dataKey }: Pick<Run, "id" | "dataKey">): Sealing | undefined {
    if (!this.#known.has(id)) {
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(id, dataKey === undefined ? undefined : this.#ring.runKey(id, dataKey));
    }
    return this.#known.get(id);
  }

  /** Of a run whose head may not have been seen. */
  async find(runId: string, read: () => Promise<Run | undefined>): Promise<Sealing | undefined> {
    if (this.#known.has(runId)) return this.#known.get(runId);
    const run = await read();
    return run && this.of(run);
  }
}

const placeOf = {
  entry: (runId: string, { number, epoch }: JournalEntry): string => `${runId} #${number} ${epoch}`,
  item: (runId: string, { id }: InboxItem): string => `${runId} inbox ${id}`,
};

/** References stay in sight: the store writes down who has which large value. */
const refsOf = (text: string): string =>
  refsIn(text)
    .map((ref) => `"ref":"${ref}"`)
    .join(",");

const sealedText = (key: Sealing, place: string, text: string): string => key.seal(place, text, refsOf(text));

function openedEntry(key: Sealing, runId: string, entry: JournalEntry): JournalEntry {
  if (!isEncrypted(entry.data) && !isProgress(entry.data)) return entry;
  return { ...entry, data: key.open(placeOf.entry(runId, entry), entry.data) };
}

/** One head as it is read, for who reads the database by himself. */
export function openedRun(ring: KeyRing, run: Run): Run {
  return run.dataKey === undefined ? run : openedHead(run, ring.runKey(run.id, run.dataKey));
}

/** Entries and items of a run as they are read. */
export function openedParts(ring: KeyRing, run: Run) {
  const key = run.dataKey === undefined ? undefined : ring.runKey(run.id, run.dataKey);
  return {
    entry: (entry: JournalEntry): JournalEntry => (key ? openedEntry(key, run.id, entry) : entry),
    item: (item: InboxItem): InboxItem =>
      key ? { ...item, data: key.open(placeOf.item(run.id, item), item.data) } : item,
  };
}

/** The store with its runs sealed. */
export function encryptedStore<S extends Store & Partial<UnseenClaims>>(store: S, ring: KeyRing): S {
  const keys = new RunKeys(ring);
  const opened = (run: Run): Run => {
    const key = keys.of(run);
    return key === undefined ? run : openedHead(run, key);
  };
  const keyOf = (runId: string) => keys.find(runId, () => store.read(runId));
  const answered = (written: Written): Written => ({ ...written, run: written.run && opened(written.run) });

  async function journalOf(runId: string, after: number) {
    const [page, key] = await Promise.all([store.journal(runId, after), keyOf(runId)]);
    if (key === undefined) return page;
    const entries: JournalEntry[] = [];
    for (let chars = 0; entries.length < page.entries.length && chars < pageChars; ) {
      const entry = openedEntry(key, runId, page.entries[entries.length] as JournalEntry);
      entries.push(entry);
      chars += entry.data.length;
    }
    return { entries, more: page.more || entries.length < page.entries.length };
  }

  const claimUnseen = store.claimUnseen?.bind(store);
  return {
    ...store,
    ...(claimUnseen && {
      claimUnseen: async (...given: Parameters<UnseenClaims["claimUnseen"]>) =>
        answered(await claimUnseen(...given)),
    }),
    async create(run, ...keys) {
      const { dataKey, sealing } = ring.newRunKey(run.id);
      const made = await store.create({ ...sealedHead(run.id, run, sealing), dataKey }, ...keys);
      return { ...made, run: opened(made.run) };
    },
    async read(runId) {
      const run = await store.read(runId);
      return run && opened(run);
    },
    async write(runId, write: HeadWrite) {
      const key = hasSealedFields(write.set) ? await keyOf(runId) : undefined;
      const set = key === undefined ? write.set : sealedHead(runId, write.set, key);
      return answered(await store.write(runId, { ...write, set }));
    },
    async append(lease, entry) {
      const key = isProgress(entry.data) ? await keyOf(lease.runId) : undefined;
      const sealed = key && {
        ...entry,
        data: sealedText(key, placeOf.entry(lease.runId, entry), entry.data),
      };
      const answer = await store.append(lease, sealed ?? entry);
      if (answer.outcome !== "taken") return answer;
      const own = await keyOf(lease.runId);
      return own === undefined ? answer : { ...answer, entry: openedEntry(own, lease.runId, answer.entry) };
    },
    journal: journalOf,
    async send(runId, item, now) {
      const key = await keyOf(runId);
      const data = key === undefined ? item.data : sealedText(key, placeOf.item(runId, item), item.data);
      return store.send(runId, { ...item, data }, now);
    },
    async inbox(runId) {
      const items = await store.inbox(runId);
      if (items.length === 0) return items;
      const key = await keyOf(runId);
      if (key === undefined) return items;
      return items.map((item) => ({ ...item, data: key.open(placeOf.item(runId, item), item.data) }));
    },
    async list(query) {
      const page = await store.list(query);
      return { ...page, runs: page.runs.map(opened) };
    },
  };
}
