/**
 * The store of a data folder: sealed where the folder has a key.
 */
import { encryptedStore } from "../functions/encryption/encrypted-store.ts";
import { databasePath } from "./data-folder.ts";
import { folderKeys } from "./encryption-key.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite-store.ts";

/** Opens it. @throws HoldfastError HF411 where the folder's key does not have its form. */
export function openFolderStore(dataFolder: string): SqliteStore {
  const keys = folderKeys(dataFolder);
  const path = databasePath(dataFolder);
  return keys === undefined
    ? openSqliteStore(path)
    : encryptedStore(openSqliteStore(path, { wipes: true }), keys);
}
