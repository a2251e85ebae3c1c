/** What the names of a run's streams cost in DynamoDB: a write of their own is one unit, with another write they cost nothing. */
import { expect, test } from "vitest";
import { claim, type Lease, show, suspend } from "../../engine/head-write.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, openTable } from "./table.ts";

test.skipIf(!hasDynamo)("the names of a run's streams are one update, or part of another", async () => {
  const open = await openTable();
  const { take } = meter(open.client);
  const spent = () => {
    const { calls, table, wake, runs } = take();
    return `${calls.join(" ")}: ${table} ${wake} ${runs}`;
  };
  const begun = async (): Promise<Lease> => {
    const run = aRun();
    await open.store.create(run);
    const claimed = await open.store.write(run.id, claim("p", run.createdAt, run.createdAt + 30_000));
    return { runId: run.id, owner: "p", epoch: claimed.run?.epoch ?? 0 };
  };
  const put = { wakeAt: 90_000, waitingFor: { kind: "timer", count: 1 }, activeMs: 1, attempts: 0 } as const;
  const [plain, streaming, both] = [await begun(), await begun(), await begun()];
  take();
  await open.store.write(plain.runId, suspend(plain, 2_000, 0, { ...put, lastNumber: 1 }));
  const without = spent();
  await open.store.write(both.runId, suspend(both, 2_000, 0, { ...put, lastNumber: 1, streams: ["words"] }));
  expect(spent()).toBe(without);
  await open.store.write(streaming.runId, show(streaming, 2_000, { streams: ["words", "log"] }));
  expect(spent()).toBe("UpdateItem: 1 0 0");
  await open.close();
});
