/**
 * The store in AWS: one DynamoDB table.
 *
 * Owns:      nothing but the putting together; `keys.ts` has the layout, `dynamo-write.ts` the conditions.
 * Never:     asks whether an append comes from the holder of the lease: the log itself holds the fence (design §4).
 * Invariant: answers as `engine/memory-store.ts` does; the contract suite and random sequences compare them.
 */
import type { Erasure } from "../../engine/erasure.ts";
import type { Store } from "../../engine/ports.ts";
import type { UnseenClaims } from "../unseen-claim.ts";
import { heads } from "./dynamo-heads.ts";
import { journals } from "./dynamo-journal.ts";
import type { Pools } from "./dynamo-pools.ts";
import { type DynamoOptions, DynamoTable } from "./dynamo-table.ts";
import type { Wakes } from "./dynamo-wake.ts";

/** The store on DynamoDB. */
export type DynamoStore = Store & Erasure & Wakes & UnseenClaims;

/** The store in a table made from `tableDefinition`. */
export function dynamoStore(options: DynamoOptions): DynamoStore {
  const table = new DynamoTable(options);
  const pools = lazyPools(table);
  return {
    ...heads(table, pools),
    ...journals(table),
    ...lazyInboxes(table),
    ...searches(table, pools),
  };
}

/** Inboxes: one for all calls, which puts its items in their order. */
function lazyInboxes(table: DynamoTable): Pick<Store, "send" | "inbox"> {
  let loaded: Promise<Pick<Store, "send" | "inbox">> | undefined;
  const inboxes = (): Promise<Pick<Store, "send" | "inbox">> => {
    loaded ??= import("./dynamo-inbox.ts").then((module) => module.inboxes(table));
    return loaded;
  };
  return {
    send: async (...given) => (await inboxes()).send(...given),
    inbox: async (runId) => (await inboxes()).inbox(runId),
  };
}

/** Queues: loaded with the first run that is in one, or the first limit. A project without any has them in no process. */
function lazyPools(table: DynamoTable) {
  let loaded: Promise<Pools> | undefined;
  const pools = (): Promise<Pools> => {
    loaded ??= import("./dynamo-pools.ts").then((module) => new module.Pools(table));
    return loaded;
  };
  return {
    pools,
    settings: async (...given: Parameters<Pools["settings"]>) => (await pools()).settings(...given),
    claim: async (...given: Parameters<Pools["claim"]>) => (await pools()).claim(...given),
    gave: async (...given: Parameters<Pools["gave"]>) => (await pools()).gave(...given),
  };
}

/** What the timer and the api look for and take away, freed keys, and limits: loaded with the first call, so that most dispatchers never do. */
function searches(
  table: DynamoTable,
  { pools }: ReturnType<typeof lazyPools>,
): Pick<Store, "free" | "list" | "due" | "nextWake" | "limit"> & Erasure & Wakes {
  const erasure = async () => (await import("./dynamo-erasure.ts")).dynamoErasure(table);
  const wakes = async () => (await import("./dynamo-wake.ts")).wakes(table, await pools());
  return {
    free: async (...given) => (await import("./dynamo-free.ts")).freeKey(table, ...given),
    valuesOf: async (runId) => (await erasure()).valuesOf(runId),
    erase: async (runId, most) => (await erasure()).erase(runId, most),
    list: async (query) => (await import("./dynamo-list.ts")).lists(table).list(query),
    due: async (now, limit) => (await wakes()).due(now, limit),
    nextWake: async () => (await wakes()).nextWake(),
    async *wakes(now, until, limit) {
      yield* (await wakes()).wakes(now, until, limit);
    },
    limit: async (...given) =>
      (await import("./dynamo-limits.ts")).dynamoLimits(table, await pools()).limit(...given),
  };
}
