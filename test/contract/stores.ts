/** The stores that the contract is run against: a third one is added here. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "../../engine/memory-store.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import type { Tested } from "./store.ts";

/** A new memory store. */
export async function memory(): Promise<Tested> {
  const store = memoryStore();
  return { store, leases: store, fencesAppends: true, close: async () => {} };
}

/** A new SQLite store in a folder of its own. */
export async function sqlite(): Promise<Tested> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  const store = openSqliteStore(join(folder, "holdfast.db"));
  return {
    store,
    leases: store,
    fencesAppends: true,
    async close() {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
