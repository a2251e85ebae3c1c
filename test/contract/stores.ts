/** The stores that the contract is run against: a third one is added here. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memorySchedules } from "../../engine/memory-schedules.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { encryptedStore } from "../../functions/encryption/encrypted-store.ts";
import { keyRing } from "../../functions/encryption/key-ring.ts";
import { openSqliteSchedules } from "../../local/sqlite-schedules.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import type { Tested } from "./store.ts";

/** A new memory store. */
export async function memory(): Promise<Tested> {
  const store = memoryStore();
  return {
    store,
    leases: store,
    desk: store,
    schedules: memorySchedules(),
    fencesAppends: true,
    close: async () => {},
  };
}

/** The same with its runs encrypted. */
export async function encryptedMemory(): Promise<Tested> {
  const tested = await memory();
  return { ...tested, store: encryptedStore(tested.store, keyRing("k".repeat(40))), isEncrypted: true };
}

/** A new SQLite store in a folder of its own. */
export async function sqlite(): Promise<Tested> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  const path = join(folder, "holdfast.db");
  const store = openSqliteStore(path);
  const schedules = openSqliteSchedules(path);
  return {
    store,
    leases: store,
    desk: store,
    schedules,
    fencesAppends: true,
    async close() {
      store.close();
      schedules.close();
      rmSync(folder, { recursive: true });
    },
  };
}
