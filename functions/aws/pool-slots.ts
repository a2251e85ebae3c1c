/**
 * Slots of one pool, by its item and a run's head.
 */
import type { Run } from "../../engine/run.ts";
import { hasSlot } from "../../engine/slots.ts";
import type { Pool } from "./pool-items.ts";
import type { PoolChange } from "./pool-table.ts";

/** Does the run hold its slot, by its head? One that keeps it for the next pass does. */
export const hasHold = (run: Run | undefined): boolean => run?.owner !== undefined || run?.turn === "called";

/** How a pool changes when the run is claimed; undefined: no slot is free. */
export function slotFor(run: Run, { held, called }: Pool, limit: number): PoolChange | undefined {
  if (held.has(run.id)) return run.owner !== undefined || held.size <= limit ? {} : undefined;
  const isWanted = called.has(run.id);
  const fullness = { limit, held: held.size, called: called.size };
  if (!hasSlot(isWanted ? { turn: "called" } : {}, fullness)) return undefined;
  return { add: { held: run.id }, ...(isWanted ? { drop: { called: [run.id] } } : {}) };
}
