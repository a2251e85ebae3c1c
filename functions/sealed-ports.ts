/**
 * The ports of a pass, with a vault in front: no secret gets into the store, the spill or a letter, and the pass never
 * notices.
 *
 * Owns:      which texts come back whole (values, records, inbox items), and which are masked for good: what people and
 *            other runs see of a run (errors, tags, keys).
 * Never:     changes a text without a secret in it.
 */
import type { HeadWrite } from "../engine/head-write.ts";
import type { JournalEntry, Ports, RunKey, Store, Written } from "../engine/ports.ts";
import type { Run, Stored } from "../engine/run.ts";
import type { Vault } from "./vault.ts";

const storedFields = ["payload", "output", "lastRecord", "metadata", "changedMetadata"] as const;
const shownFields = ["idempotencyKey", "concurrencyKey", "queue", "tags", "error", "lastGood"] as const;

/** Every text of a value, masked. */
function maskedDeep<T>(vault: Vault, value: T): T {
  if (typeof value === "string") return vault.mask(value) as T;
  if (Array.isArray(value)) return value.map((each) => maskedDeep(vault, each as unknown)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, maskedDeep(vault, each as unknown)]);
  return Object.fromEntries(entries) as T;
}

/** Fields of a head as they are stored. */
function hiddenHead<T extends Partial<Run>>(vault: Vault, head: T): T {
  const hidden: Record<string, unknown> = { ...head };
  for (const field of storedFields) {
    const stored = head[field];
    if (stored !== undefined && "inline" in stored) hidden[field] = { inline: vault.hide(stored.inline) };
  }
  for (const field of shownFields)
    if (head[field] !== undefined) hidden[field] = maskedDeep(vault, head[field]);
  return hidden as T;
}

async function revealedHead(vault: Vault, run: Run): Promise<Run> {
  const whole: Partial<Record<(typeof storedFields)[number], Stored>> = {};
  for (const field of storedFields) {
    const stored = run[field];
    if (stored !== undefined && "inline" in stored) {
      const inline = await vault.reveal(stored.inline);
      if (inline !== stored.inline) whole[field] = { inline };
    }
  }
  return { ...run, ...whole };
}

/** What a store has answered, as a pass gets it. */
async function revealedWritten(vault: Vault, written: Written): Promise<Written> {
  return { ...written, run: written.run && (await revealedHead(vault, written.run)) };
}

const masked = (vault: Vault, { key, expiresAt }: RunKey): RunKey => ({ key: vault.mask(key), expiresAt });

/** The store behind a vault. */
function sealedStore<S extends Store>(store: S, vault: Vault): S {
  const head = async (run: Run | undefined): Promise<Run | undefined> => run && revealedHead(vault, run);
  const entry = async (each: JournalEntry): Promise<JournalEntry> => ({
    ...each,
    data: await vault.reveal(each.data),
  });
  return {
    ...store,
    async create(run, ...keys) {
      const made = await store.create(
        hiddenHead(vault, run),
        ...keys.map((key) => key && masked(vault, key)),
      );
      return { ...made, run: await revealedHead(vault, made.run) };
    },
    adopt: (key, now, runId) => store.adopt(masked(vault, key), now, runId),
    free: (key, now, runId) => store.free(vault.mask(key), now, runId),
    read: async (runId) => head(await store.read(runId)),
    write: async (runId, write: HeadWrite) =>
      revealedWritten(vault, await store.write(runId, { ...write, set: hiddenHead(vault, write.set) })),
    async append(lease, each) {
      const answer = await store.append(lease, { ...each, data: vault.hide(each.data) });
      return answer.outcome === "taken" ? { ...answer, entry: await entry(answer.entry) } : answer;
    },
    async journal(runId, after) {
      const page = await store.journal(runId, after);
      return { ...page, entries: await Promise.all(page.entries.map(entry)) };
    },
    send: (runId, item, now) => store.send(runId, { ...item, data: vault.hide(item.data) }, now),
    async inbox(runId) {
      const items = await store.inbox(runId);
      return Promise.all(items.map(async (item) => ({ ...item, data: await vault.reveal(item.data) })));
    },
  };
}

/** All ports behind a vault. */
export function sealedPorts<P extends Ports>(ports: P, vault: Vault): P {
  const { spill, deadLetters } = ports;
  return {
    ...ports,
    store: sealedStore(ports.store, vault),
    spill: {
      ...spill,
      put: (text) => spill.put(vault.hide(text)),
      get: async (ref) => vault.reveal(await spill.get(ref)),
    },
    ...(deadLetters && { deadLetters: { put: (run: Run) => deadLetters.put(hiddenHead(vault, run)) } }),
  };
}
