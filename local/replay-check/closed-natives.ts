/**
 * Closes what compiled code could do to the world: it goes past Node's functions. For a process that makes calls once more.
 *
 * Never: is undone; whoever closes it has read what he needs of his own databases.
 */
import Database from "better-sqlite3";

/** Closes it for good. `refused` is told, before a call throws. */
export function closeNatives(refused: () => void): void {
  const refuse = (): never => {
    refused();
    throw new Error("Compiled code is not called in a crash that is only rehearsed.");
  };
  // A database that another copy of the package opens, or another package, comes through here.
  process.dlopen = refuse;
  // Ours is loaded already, and the author's code may get the very same.
  Object.assign(Database.prototype, { prepare: refuse, exec: refuse, pragma: refuse, transaction: refuse });
  const nodes = process.getBuiltinModule?.("node:sqlite") as
    | { readonly DatabaseSync: { readonly prototype: object } }
    | undefined;
  if (nodes !== undefined) Object.assign(nodes.DatabaseSync.prototype, { prepare: refuse, exec: refuse });
}
