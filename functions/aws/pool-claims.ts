/**
 * Slots of pools that are taken with a head, in one transaction.
 *
 * Invariant: all of it is applied, or nothing.
 */
import { TransactWriteItemsCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { Written } from "../../engine/ports.ts";
import type { QueueSettings } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { refusals, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { headKey, type Item } from "./keys.ts";
import type { Pool } from "./pool-items.ts";
import type { PoolChange, PoolTable } from "./pool-table.ts";

/** A slot that a run may take. */
export interface Slot {
  readonly pool: Pool;
  readonly change: PoolChange;
  readonly settings: QueueSettings;
}

/** The pool that has no slot for a run. */
export interface Stopped {
  /** The run as it stands there. */
  readonly run: Run;
  readonly pool: Pool;
  readonly settings: QueueSettings;
  /** When it may be claimed, if that is known. */
  readonly slot: number | undefined;
}

/** The slots that a run may take, and where it is stopped. */
export interface Looked {
  readonly slots: readonly Slot[];
  readonly stopped: Stopped | undefined;
}

/** Takes the slots and changes the head. "again": a pool has changed meanwhile; else the head that refused. */
export async function transact(
  table: DynamoTable,
  pools: PoolTable,
  slots: readonly Slot[],
  headUpdate: UpdateItemCommandInput,
): Promise<"again" | Item | null | undefined> {
  const { ReturnValues: _, ...head } = headUpdate;
  const TransactItems = [
    ...slots.map(({ pool, change }) => ({ Update: pools.update(pool, change) })),
    { Update: head as Required<typeof head> },
  ];
  try {
    await untilClear(() => table.client.send(new TransactWriteItemsCommand({ TransactItems })), table.pause);
    return undefined;
  } catch (error) {
    const refused = refusals(error).at(-1);
    return refused === undefined ? "again" : refused;
  }
}

/** The claim itself; undefined: a pool has changed meanwhile. */
export async function claimWith(
  table: DynamoTable,
  pools: PoolTable,
  slots: readonly Slot[],
  headUpdate: UpdateItemCommandInput,
  { runId, writer }: { readonly runId: string; readonly writer: string },
): Promise<Written | undefined> {
  const refused = await transact(table, pools, slots, headUpdate);
  if (refused === "again") return undefined;
  if (refused !== undefined) {
    const after = refused === null ? undefined : await table.run(refused);
    return { applied: refused?.writer?.S === writer, run: after };
  }
  const item = await table.item(headKey(runId));
  return { applied: true, run: item && (await table.run(item)) };
}
