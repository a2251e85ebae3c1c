/** What is stored where run data are encrypted, and where it opens. */
import { expect, test } from "vitest";
import { finish } from "../../../engine/head-write.ts";
import { collectingDoorbell, memorySpill } from "../../../engine/memory-ports.ts";
import { memoryStore } from "../../../engine/memory-store.ts";
import type { JournalEntry, Store } from "../../../engine/ports.ts";
import type { Run } from "../../../engine/run.ts";
import { contentHash, refsIn } from "../../../engine/spilled.ts";
import { realChance, realClock } from "../../../functions/clock.ts";
import { encryptedPorts, encryptedSpill } from "../../../functions/encryption/encrypted-ports.ts";
import { encryptedStore } from "../../../functions/encryption/encrypted-store.ts";
import { keyRing } from "../../../functions/encryption/key-ring.ts";
import { anEntry, aRun, claimed } from "../../contract/runs.ts";

const ring = keyRing("a key of the project with 40 characters");
const canary = (place: string): string => `canary-${place}`;
const counts = { activeMs: 1, attempts: 1, lastNumber: 3 };

/** A store that shows what is handed to it, and takes what is put into its answers. */
function below() {
  const store = memoryStore();
  const texts: string[] = [];
  const seen: Store = {
    ...store,
    create(run, key) {
      texts.push(JSON.stringify(run));
      return store.create(run, key);
    },
    write(id, write) {
      texts.push(JSON.stringify(write));
      return store.write(id, write);
    },
    append(lease, entry) {
      texts.push(JSON.stringify(entry));
      return store.append(lease, entry);
    },
    send(id, item, now) {
      texts.push(JSON.stringify(item));
      return store.send(id, item, now);
    },
  };
  return { raw: store, texts, store: encryptedStore(seen, ring) };
}

const everywhere: Partial<Run> = {
  payload: { inline: `j"${canary("payload")}"` },
  payloadHash: canary("hash"),
  metadata: { inline: `j"${canary("metadata")}"` },
};
const atTheEnd = {
  output: { inline: `j"${canary("output")}"` },
  error: { name: "E", message: canary("message"), stack: canary("stack"), cause: canary("cause") },
  lastGood: { number: 1, name: canary("name"), at: "tasks/a.ts:1" },
  changedMetadata: { inline: `j"${canary("changed")}"` },
  lastRecord: { inline: canary("last record") },
};

test("nothing that a run was given, gave, recorded or threw is handed to the store in clear, and all of it comes back", async () => {
  const { store, texts } = below();
  const lease = await claimed(store, "me", everywhere);
  const entries = [
    anEntry(1, lease.epoch, canary("record")),
    anEntry(2, lease.epoch, canary("x").repeat(99)),
  ];
  for (const entry of entries) await store.append(lease, entry);
  await store.send(lease.runId, { id: "token:1", data: canary("item") }, 1_500);
  expect((await store.journal(lease.runId, 0)).entries).toEqual(entries);
  expect(await store.inbox(lease.runId)).toEqual([{ id: "token:1", data: canary("item") }]);
  const ended = await store.write(
    lease.runId,
    finish(lease, "failed", 2_000, { ...counts, ...atTheEnd }, false),
  );
  for (const run of [ended.run, await store.read(lease.runId), (await store.list({ limit: 1 })).runs[0]])
    expect(run).toMatchObject({ ...everywhere, ...atTheEnd });
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.join("\n")).not.toContain("canary");
});

test("a sealed record opens at its own run, number and epoch alone; an item and a field alike", async () => {
  const { store, raw } = below();
  const [one, two] = [await claimed(store), await claimed(store)];
  for (const lease of [one, two]) await store.append(lease, anEntry(1, lease.epoch, "secret"));
  await store.send(one.runId, { id: "token:1", data: "x" }, 1_500);
  const [entry] = (await raw.journal(one.runId, 0)).entries;
  const [item] = await raw.inbox(one.runId);
  const [head, other] = [await raw.read(one.runId), await raw.read(two.runId)];
  if (!entry || !item || !head || !other) throw new Error("nothing was stored");
  const answering = (answers: Partial<Store>) => encryptedStore({ ...raw, ...answers }, ring);
  const journal = (changed: Partial<JournalEntry>, runId = one.runId) =>
    answering({ journal: async () => ({ entries: [{ ...entry, ...changed }], more: false }) }).journal(
      runId,
      0,
    );
  await expect(journal({})).resolves.toMatchObject({ more: false });
  await expect(journal({}, two.runId)).rejects.toThrow("HF331");
  await expect(journal({ number: 2 })).rejects.toThrow("HF331");
  await expect(journal({ epoch: 9 })).rejects.toThrow("HF331");
  await expect(journal({ data: '{"kind":"result"}' })).rejects.toThrow("HF331");
  await expect(journal({ data: entry.data.replace("\n", '"ref":"x"\n') })).rejects.toThrow("HF331");
  await expect(
    answering({ inbox: async () => [{ ...item, id: "token:2" }] }).inbox(one.runId),
  ).rejects.toThrow("HF331");
  await expect(
    answering({ read: async () => ({ ...head, output: head.payload }) }).read(one.runId),
  ).rejects.toThrow("HF331");
  await expect(
    answering({ read: async () => ({ ...head, dataKey: other.dataKey ?? "" }) }).read(one.runId),
  ).rejects.toThrow("HF331");
});

test("a write that is repeated is the same write, so a record whose answer was lost counts as written", async () => {
  const { store } = below();
  const lease = await claimed(store);
  const entry = anEntry(1, lease.epoch, "once");
  expect([await store.append(lease, entry), await store.append(lease, entry)]).toEqual([
    { outcome: "appended" },
    { outcome: "appended" },
  ]);
  const other = { ...entry, data: anEntry(1, lease.epoch, "twice").data };
  expect(await store.append(lease, other)).toEqual({ outcome: "taken", entry });
});

test("references to large values stay in sight of the store; the values are sealed, and kept once", async () => {
  const { store, raw } = below();
  const files = memorySpill();
  const spill = encryptedSpill(files, ring);
  const ref = await spill.put(canary("large"));
  expect(await spill.put(canary("large"))).toBe(ref);
  expect(ref).not.toBe(contentHash(canary("large")));
  expect(await files.get(ref)).not.toContain("canary");
  expect(await spill.get(ref)).toBe(canary("large"));
  const lease = await claimed(store);
  const data = JSON.stringify({ kind: "result", value: { ref, bytes: 12 } });
  await store.append(lease, { number: 1, epoch: lease.epoch, data });
  expect(refsIn((await raw.journal(lease.runId, 0)).entries[0]?.data ?? "")).toEqual([ref]);
});

test("runs from before stay readable; a new key seals, and the old one still opens; without its key nothing does", async () => {
  const raw = memoryStore();
  const plainRun = (await raw.create(aRun({ payload: { inline: "j1" } }))).run;
  const old = encryptedStore(raw, keyRing("o".repeat(32)));
  const sealed = (await old.create(aRun({ payload: { inline: "j2" } }))).run;
  const both = encryptedStore(raw, keyRing(`${"n".repeat(32)}\n${"o".repeat(32)}\n`));
  const newest = (await both.create(aRun({ payload: { inline: "j3" } }))).run;
  for (const { id, payload } of [plainRun, sealed, newest])
    expect((await both.read(id))?.payload).toEqual(payload);
  await expect(encryptedStore(raw, keyRing("o".repeat(32))).read(newest.id)).rejects.toThrow("HF331");
  for (const text of ["", "short", `${"n".repeat(32)}\nshort`]) expect(() => keyRing(text)).toThrow("HF411");
});

test("the letter of a run that failed says how to look at it, and not what it threw", async () => {
  const letters: Run[] = [];
  const world = {
    store: memoryStore(),
    spill: memorySpill(),
    doorbell: collectingDoorbell(),
    clock: realClock,
    chance: realChance,
  };
  const deadLetters = { put: async (run: Run) => void letters.push(run) };
  const ports = encryptedPorts({ ...world, deadLetters }, ring);
  await ports.deadLetters?.put(aRun({ ...atTheEnd, status: "FAILED" }));
  expect(letters).toHaveLength(1);
  const { error, lastGood } = letters[0] ?? {};
  expect([error?.message, lastGood]).toEqual([expect.stringContaining("holdfast runs show run_"), undefined]);
});
