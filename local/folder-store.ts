/**
 * The store of a data folder: sealed where the folder has a key.
 */
import { encryptedStore } from "../functions/encryption/encrypted-store.ts";
import { databasePath } from "./data-folder.ts";
import { folderKeys } from "./encryption-key.ts";
import { openSqliteStore, type SqliteOptions, type SqliteStore } from "./sqlite-store.ts";

/** Opens it. @throws HoldfastError HF411 where the folder's key does not have its form. */
export function openFolderStore(
  dataFolder: string,
  options: Pick<SqliteOptions, "othersCome"> = {},
): SqliteStore {
  const keys = folderKeys(dataFolder);
  const path = databasePath(dataFolder);
  return keys === undefined
    ? openSqliteStore(path, options)
    : encryptedStore(openSqliteStore(path, { ...options, wipes: true }), keys);
}
