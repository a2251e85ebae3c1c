/** A claim without a look at the head: DynamoDB's condition says what `isToBeClaimed` says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applies } from "../../engine/head-write.ts";
import { allStatuses, type Run } from "../../engine/run.ts";
import { isToBeClaimed, unseenClaim } from "../../functions/unseen-claim.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable } from "./table.ts";

const now = 1_790_000_000_000;
const hash = "0123456789abcdef";

const leases: readonly Partial<Run>[] = [
  {},
  { owner: "somebody", leaseUntil: now + 30_000 },
  { owner: "gone", leaseUntil: now - 1 },
];
const pins = [`7.${hash}`, `137.${hash}`, "7.fedcba9876543210"];
const times = [now - 60_000, now, now + 1, undefined];

const heads = allStatuses.flatMap((status) =>
  leases.flatMap((lease) =>
    pins.flatMap((codeVersion) =>
      times.map((wakeAt) =>
        aRun({ status, codeVersion, ...lease, ...(wakeAt === undefined ? {} : { wakeAt }) }),
      ),
    ),
  ),
);

describe.skipIf(!hasDynamo)("a claim unseen", () => {
  let open: OpenTable;
  beforeAll(async () => {
    open = await openTable();
  });
  afterAll(() => open?.close());

  test("is applied to the heads that a look would have led to, and to no other", async () => {
    const write = unseenClaim("me", now, 30_000);
    const found: boolean[] = [];
    for (const head of heads) {
      await open.store.create(head);
      const { applied, run } = await open.store.claimUnseen(head.id, write, hash, now);
      expect(run).toMatchObject(applied ? { owner: "me", status: "EXECUTING" } : head);
      found.push(applied);
    }
    expect(found).toEqual(heads.map((head) => applies(head, write) && isToBeClaimed(head, hash, now)));
    expect([found.includes(true), found.includes(false)]).toEqual([true, true]);
  });

  test("leaves called runs of tasks alone whose passes are elsewhere, and no others", async () => {
    const write = unseenClaim("me", now, 30_000);
    const elsewhere = { long: new Set(["long", "longer"]) };
    const turns = ["called", "later", undefined] as const;
    const found: (readonly [task: string, turn: string | undefined])[] = [];
    for (const task of ["long", "longer", "short"])
      for (const turn of turns) {
        const head = aRun({
          task,
          status: "QUEUED",
          codeVersion: `7.${hash}`,
          wakeAt: now,
          ...(turn && { turn }),
        });
        await open.store.create(head);
        const { applied } = await open.store.claimUnseen(head.id, write, hash, now, elsewhere);
        expect(applied).toBe(isToBeClaimed(head, hash, now, elsewhere));
        if (!applied) found.push([task, turn]);
      }
    expect(found).toEqual([
      ["long", "called"],
      ["longer", "called"],
    ]);
  });

  test("leaves runs alone that ask for more memory than is here, by themselves, by their task or behind a death", async () => {
    const write = unseenClaim("me", now, 30_000);
    const tooLarge = {
      machines: new Set(["large-1x", "large-2x"]),
      // More than one IN takes.
      tasks: new Set(["big", ...Array.from({ length: 120 }, (_, i) => `other-${i}`)]),
      afterDeath: new Set(["growing"]),
    };
    const elsewhere = { long: new Set(["long"]), tooLarge };
    const left: string[] = [];
    for (const task of ["big", "small", "growing", "long", "other-119"])
      for (const machine of ["large-1x", "micro", undefined] as const)
        for (const deaths of [0, 1]) {
          const more = { ...(machine && { machine }), deaths };
          const head = aRun({ task, status: "QUEUED", codeVersion: `7.${hash}`, wakeAt: now, ...more });
          await open.store.create(head);
          const { applied } = await open.store.claimUnseen(head.id, write, hash, now, elsewhere);
          expect(applied).toBe(isToBeClaimed(head, hash, now, elsewhere));
          if (!applied) left.push(`${task} ${machine} ${deaths}`);
        }
    expect(left).toEqual([
      ...["big large-1x 0", "big large-1x 1", "big undefined 0", "big undefined 1"],
      ...["small large-1x 0", "small large-1x 1"],
      ...["growing large-1x 0", "growing large-1x 1", "growing micro 1", "growing undefined 1"],
      ...["other-119 large-1x 0", "other-119 large-1x 1", "other-119 undefined 0", "other-119 undefined 1"],
    ]);
  });

  test("of a run that is not there is told so, and reads nothing", async () => {
    const { take } = meter(open.client);
    const write = unseenClaim("me", now, 30_000);
    expect(await open.store.claimUnseen("run_nobody", write, hash, now)).toEqual({ applied: false });
    expect(take().calls).toEqual(["UpdateItem refused"]);
  });
});
