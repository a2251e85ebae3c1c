/**
 * All runs and tokens, the oldest first: for who looks at each of them once.
 *
 * Costs, in read units: half a unit for 40 places of an index, and half a unit for each head.
 */
import type { Run } from "../../engine/run.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { type Lane, walk } from "./dynamo-walk.ts";
import { partitions, toRun } from "./keys.ts";
import { listIndex } from "./table.ts";

/** A store that can be gone through. */
export interface Ages {
  /**
   * Runs that were created from one time to another, ends included, in portions. Large payloads are left out. What a run
   * that is created meanwhile has to do with others is not told: it may come, or not.
   */
  oldestFirst(from: number, to: number): AsyncIterable<readonly Run[]>;
}

const page = 100;

/** Goes through a table. */
export function ages(table: DynamoTable): Ages {
  return {
    async *oldestFirst(from, to) {
      const lanes = [...partitions.ordinary, ...partitions.dead].map(
        (shard): Lane => ({ index: listIndex, shard, from, to }),
      );
      for await (const spots of walk(table, { lanes, isBackwards: false, page })) {
        for (let at = 0; at < spots.length; at += page) {
          const ids = spots.slice(at, at + page).map(({ id }) => id);
          const heads = await table.heads(ids, true);
          yield ids.flatMap((id) => {
            const head = heads.get(id);
            return head === undefined ? [] : [toRun(head)];
          });
        }
      }
    },
  };
}
