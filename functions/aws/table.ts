/**
 * The one table as data: keys, indexes, the attribute of its time to live. `infra/` and the tests create it from this.
 *
 * Owns:      names of the keys and indexes, the number of shards.
 * Never:     imports anything: it is read at deploy time too.
 * Invariant: keys and projections of a table that is deployed cannot change.
 */

/** A key attribute: `S` is text, `N` a number. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N";
}

/** A sparse index that holds keys only. */
interface TableIndex {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  readonly projection: "KEYS_ONLY";
}

/** What it takes to create the table. Billed per request; items go by themselves once `timeToLive` has passed. */
export interface TableDefinition {
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  readonly timeToLive: string;
  readonly indexes: readonly TableIndex[];
}

/** Runs that need attention, by time. */
export const wakeIndex = "wake";
/** Runs in order of creation. */
export const listIndex = "runs";
/** Runs by their batch. */
export const batchIndex = "batches";

/** The table that `dynamoStore` works on. */
export const tableDefinition: TableDefinition = {
  partitionKey: { name: "pk", type: "S" },
  sortKey: { name: "sk", type: "S" },
  timeToLive: "ttl",
  indexes: [
    {
      name: wakeIndex,
      partitionKey: { name: "wakeShard", type: "S" },
      sortKey: { name: "wakeAt", type: "N" },
      projection: "KEYS_ONLY",
    },
    {
      name: listIndex,
      partitionKey: { name: "listShard", type: "S" },
      sortKey: { name: "createdAt", type: "N" },
      projection: "KEYS_ONLY",
    },
    {
      name: batchIndex,
      partitionKey: { name: "batchId", type: "S" },
      sortKey: { name: "batchedAt", type: "N" },
      projection: "KEYS_ONLY",
    },
  ],
};
