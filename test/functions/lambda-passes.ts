/** Passes to order, for tests of what is around them. */
import { claim, finish } from "../../engine/head-write.ts";
import type { Ports } from "../../engine/ports.ts";
import type { RunPass } from "../../functions/pass-until.ts";

/** A pass that completes its run. */
export const completes: RunPass = async (ports, { runId, owner, leaseMs }) => {
  const lease = await take(ports, runId, owner, leaseMs);
  const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
  await ports.store.write(runId, finish(lease, "completed", ports.clock.now(), counts, false));
  return { outcome: "finished" };
};
/** No pass is to be made. */
export const never: RunPass = async () => {
  throw new Error("no pass was expected");
};

/** Takes the lease. */
export async function take(ports: Ports, runId: string, owner: string, leaseMs = 30_000) {
  const now = ports.clock.now();
  const { applied, run } = await ports.store.write(runId, claim(owner, now, now + leaseMs));
  if (!applied || run === undefined) throw new Error("not claimed");
  return { runId, owner, epoch: run.epoch };
}

/** A pass that takes the lease and then never comes to an end, like an await without an answer. */
export const hangs: RunPass = async (ports, { runId, owner, leaseMs }) => {
  await take(ports, runId, owner, leaseMs);
  return new Promise(() => {});
};
