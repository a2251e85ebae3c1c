/**
 * What every store promises, as tests: `storeContract(name, make)` runs them against one.
 *
 * Owns: the meaning of `Store` in `engine/ports.ts`. A store that passes may stand behind the engine.
 */
import { afterEach, beforeEach, describe } from "vitest";
import type { Erasure } from "../../engine/erasure.ts";
import type { ProcessLeases, Store } from "../../engine/ports.ts";
import type { QueueDesk } from "../../engine/queues.ts";
import type { Schedules } from "../../engine/schedules.ts";
import { createPromises } from "./create.ts";
import { erasurePromises } from "./erasure.ts";
import { gatePromises } from "./gates.ts";
import { inboxPromises } from "./inbox.ts";
import { journalPromises } from "./journal.ts";
import { keyPromises } from "./keys.ts";
import { leasePromises } from "./leases.ts";
import { keyLimitPromises } from "./limits-of-keys.ts";
import { listPromises } from "./list.ts";
import { queuePromises } from "./queues.ts";
import { schedulePromises } from "./schedules.ts";
import { secretPromises } from "./secrets.ts";
import { sharePromises } from "./shares.ts";
import { slotPromises } from "./slots.ts";
import { wakePromises } from "./wake.ts";
import { writePromises } from "./write.ts";

/** A store under test. One whose leases end by the clock only has no `leases`. */
export interface Tested {
  readonly store: Store & Erasure;
  readonly leases?: ProcessLeases;
  readonly schedules: Schedules;
  readonly desk: QueueDesk;
  /** True where `append` is refused to a lease that is no longer current. */
  readonly fencesAppends: boolean;
  /** All its runs are encrypted: no text is found in their errors. */
  readonly isEncrypted?: boolean;
  close(): Promise<void>;
}

/** Gives the store of the test that is running. */
export type Current = () => Tested;

/** Runs the contract against the stores that `make` makes, a new one for each test. */
export function storeContract(name: string, make: () => Promise<Tested>): void {
  describe(`the store in ${name}`, () => {
    let tested: Tested | undefined;
    beforeEach(async () => {
      tested = await make();
    });
    afterEach(async () => {
      await tested?.close();
    });
    const current = () => {
      if (tested === undefined) throw new Error("no test is running");
      return tested;
    };
    createPromises(current);
    keyPromises(current);
    writePromises(current);
    journalPromises(current);
    inboxPromises(current);
    wakePromises(current);
    listPromises(current);
    leasePromises(current);
    schedulePromises(current);
    secretPromises(current);
    slotPromises(current);
    sharePromises(current);
    queuePromises(current);
    keyLimitPromises(current);
    gatePromises(current);
    erasurePromises(current);
  });
}
