/** The timer's later looks at fresh runs: what they cost, and that an hour of which the first look has seen less is looked at again. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claim, finish, type Lease } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import { HourSums } from "../../functions/aws/dynamo-sums.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, wakesOf } from "./table.ts";

const minute = 60_000;
const hour = 60 * minute;
/** The beginning of an hour. */
const start = Math.ceil(1_790_000_000_000 / hour) * hour;
const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };

describe.skipIf(!hasDynamo)("a later look", () => {
  let open: OpenTable;
  let take: ReturnType<typeof meter>["take"] | undefined;
  beforeEach(async () => {
    open = await openTable();
    take = undefined;
  });
  afterEach(() => open?.close());

  async function begun(at: number): Promise<string> {
    const run = aRun({ createdAt: at, updatedAt: at, wakeAt: at + graceMs });
    await open.store.create(run);
    return run.id;
  }
  async function ended(at: number, how: "completed" | "failed" = "completed"): Promise<string> {
    const runId = await begun(at);
    const { run } = await open.store.write(runId, claim("p", at, at + 30_000));
    const lease: Lease = { runId, owner: "p", epoch: run?.epoch ?? 0 };
    await open.store.write(runId, finish(lease, how, at, counts, false));
    return runId;
  }
  const tick = async (now: number): Promise<string[]> =>
    (await wakesOf(open.store, now, now + 65_000, 10_000)).map(({ runId }) => runId);
  /** How many calls look at heads in these ticks. */
  async function looks(times: readonly number[]): Promise<number> {
    take ??= meter(open.client).take;
    take();
    for (const now of times) expect(await tick(now)).toEqual([]);
    return take().calls.filter((call) => call === "BatchGetItem").length;
  }
  const ticks = (from: number, ms: number, step = 10 * minute): number[] =>
    Array.from({ length: Math.ceil(ms / step) }, (_, n) => from + n * step);

  test("asks for no head of an hour whose runs the first look has seen: those that failed included", async () => {
    for (let n = 0; n < 30; n++) await ended(start + n * minute, n % 3 === 0 ? "failed" : "completed");
    await tick(start + 31 * minute);
    await tick(start + 40 * minute);
    expect(await looks(ticks(start + hour, 2 * hour))).toBe(0);
    expect(await looks(ticks(start + 24 * hour, 3 * hour))).toBe(0);
  });

  test("goes back to an hour that has one more, asks for its heads once, and finds it", async () => {
    for (let n = 0; n < 5; n++) await ended(start + n * minute);
    await ended(start + hour + minute);
    await tick(start + 10 * minute);
    const late = await begun(start + 3 * minute);
    expect(await tick(start + hour + 10 * minute)).toEqual([]);
    expect(await tick(start + 2 * hour + minute)).toEqual([]);
    expect(await tick(start + 2 * hour + 2 * minute)).toEqual([late]);
    const { run } = await open.store.write(late, claim("q", start + 2 * hour + 3 * minute, start + 3 * hour));
    const lease = { runId: late, owner: "q", epoch: run?.epoch ?? 0 };
    await open.store.write(late, finish(lease, "completed", start + 2 * hour + 3 * minute, counts, false));
    // The hour behind it is compared as before.
    expect(await looks(ticks(start + 2 * hour + 4 * minute, 2 * hour))).toBe(0);
  });

  test("is sure of no hour that the first look did not come to, or another timer's look has overtaken", async () => {
    await ended(start);
    await tick(start + minute);
    const lost = await begun(start + 2 * minute);
    // The timer stood still for an hour and a half: the later look comes first.
    expect(await tick(start + 90 * minute)).toEqual([lost]);
    const found = new Set<string>();
    const other = await begun(start + 91 * minute);
    await Promise.all([tick(start + 93 * minute), tick(start + 93 * minute)]).then((all) => {
      for (const id of all.flat()) found.add(id);
    });
    expect(found.has(other)).toBe(true);
  });

  test("keeps what it has seen in an item of less than a kilobyte: 26 hours of a thousand runs a second", () => {
    const sums = new HourSums(
      Array.from(
        { length: 26 },
        (_, n) => `${(497_222 + n).toString(36)}.${(3_600_000).toString(36)}.ffffffffffff`,
      ).join(" "),
    );
    expect([sums.hours.length, sums.text.length < 700]).toEqual([26, true]);
    const again = new HourSums(sums.text);
    expect(sums.hours.every((each) => again.isSame(each, sums))).toBe(true);
    again.add(start, "run_x");
    expect(sums.hours.filter((each) => !again.isSame(each, sums))).toEqual([start / hour]);
    again.add(start, "run_x");
    expect(again.isSame(start / hour, sums)).toBe(false);
  });
});
