/**
 * The store in AWS: one DynamoDB table.
 *
 * Owns:      nothing but the putting together; `keys.ts` has the layout, `dynamo-write.ts` the conditions.
 * Never:     asks whether an append comes from the holder of the lease: the log itself holds the fence (design §4).
 * Invariant: answers as `engine/memory-store.ts` does; the contract suite and random sequences compare them.
 */
import type { Store } from "../../engine/ports.ts";
import type { UnseenClaims } from "../unseen-claim.ts";
import { heads } from "./dynamo-heads.ts";
import { inboxes, journals } from "./dynamo-journal.ts";
import { dynamoLimits } from "./dynamo-limits.ts";
import { lists } from "./dynamo-list.ts";
import { Pools } from "./dynamo-pools.ts";
import { type DynamoOptions, DynamoTable } from "./dynamo-table.ts";
import { type Wakes, wakes } from "./dynamo-wake.ts";

/** The store on DynamoDB. */
export type DynamoStore = Store & Wakes & UnseenClaims;

/** The store in a table made from `tableDefinition`. */
export function dynamoStore(options: DynamoOptions): DynamoStore {
  const table = new DynamoTable(options);
  const pools = new Pools(table);
  return {
    ...heads(table, pools),
    ...journals(table),
    ...inboxes(table),
    ...wakes(table, pools),
    ...lists(table),
    ...dynamoLimits(table, pools),
  };
}
