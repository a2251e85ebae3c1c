/**
 * A run whose code is not deployed any more: it fails with words that say so. Silence would be worse.
 *
 * Invariant: the run is a dead letter with its journal whole: it goes on when it is resumed on newer code.
 */
import { tellOfEnd } from "../engine/ending.ts";
import { HoldfastError } from "../engine/errors.ts";
import { claim, finish, type Lease } from "../engine/head-write.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";

/** Ends the run as failed; nothing where somebody else has it. */
export async function failForMissingCode(
  ports: Ports,
  run: Run,
  owner: string,
  leaseMs: number,
): Promise<void> {
  const { store, clock } = ports;
  const now = clock.now();
  const claimed = await store.write(run.id, claim(owner, now, now + leaseMs));
  if (!claimed.applied || claimed.run === undefined) return;
  const { name, message, code } = new HoldfastError(
    "HF318",
    `Run ${run.id} (task "${run.task}") is pinned to code version ${run.codeVersion}, which is not deployed any more.`,
    `Put it on the newest code: holdfast resume ${run.id} --code newest.`,
  );
  const { activeMs, attempts, lastNumber, epoch } = claimed.run;
  const lease: Lease = { runId: run.id, owner, epoch };
  const end = { activeMs, attempts, lastNumber, error: { name, message, code } };
  // It is a dead letter: there is always somebody to tell.
  const ended = await store.write(run.id, finish(lease, "failed", clock.now(), end, true));
  if (ended.applied && ended.run !== undefined) await tellOfEnd(ports, ended.run);
}
