import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applies, changed, claim, type HeadWrite, suspend, yieldPass } from "../../engine/head-write.ts";
import { putStartOff } from "../../engine/put-off.ts";
import { allStatuses, type Run, type RunEvent, statusesBefore, transitions } from "../../engine/run.ts";
import { aRun, claimed, newId, plain } from "./runs.ts";
import type { Current } from "./store.ts";

const events = [...new Set(Object.values(transitions).flatMap((row) => Object.keys(row)))] as RunEvent[];
const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const anyRun: fc.Arbitrary<Run> = fc
  .record({
    status: some(...allStatuses),
    epoch: some(0, 1, 2),
    news: some(0, 1, 2),
    owner: perhaps(some("a", "b")),
    leaseUntil: perhaps(some(4, 5, 6)),
    wakeAt: perhaps(some(1, 2)),
    startedAt: perhaps(some(3)),
    tagEdits: perhaps(some(1, 2)),
  })
  .map((set) => aRun(set));

const anyWrite: fc.Arbitrary<HeadWrite> = fc
  .record({
    event: some(...events),
    status: perhaps(fc.subarray(allStatuses)),
    epoch: perhaps(some(0, 1, 2)),
    news: perhaps(some(0, 1, 2)),
    leaseFreeAt: perhaps(some(4, 5, 6)),
    owner: perhaps(some("a", "b")),
    dueBy: perhaps(some(1, 2)),
    tagEdits: perhaps(some(0, 1)),
    set: fc.record(
      {
        wakeAt: perhaps(some(3, 4)),
        owner: perhaps(some("a", "c")),
        leaseUntil: perhaps(some(5, 7)),
        output: perhaps(some({ inline: "1" })),
      },
      { requiredKeys: [] },
    ),
    once: perhaps(some({ startedAt: 8 })),
    raise: fc.boolean(),
  })
  .map(({ event, status, set, once, raise, ...when }) => ({
    event,
    when: { status: status ?? statusesBefore(event), ...when },
    set,
    ...(once ? { setOnce: once } : {}),
    ...(raise ? { raiseEpoch: true as const } : {}),
  }));

/** What `write` promises. */
export function writePromises(current: Current): void {
  describe("write", () => {
    test("a delayed run is claimed at its time and not before, also when it was put off meanwhile", async () => {
      const { store } = current();
      const { id } = (await store.create(aRun({ status: "DELAYED", delayedUntil: 2_000, wakeAt: 2_000 })))
        .run;
      expect((await store.write(id, claim("p1", 1_999))).applied).toBe(false);
      const brought = { payload: { inline: "2" }, payloadHash: "h2", tags: ["late"] };
      expect((await store.write(id, putStartOff(1_500, 1_999, brought))).applied).toBe(false);
      expect(await store.write(id, putStartOff(1_500, 2_001, brought))).toMatchObject({
        applied: true,
        run: { status: "DELAYED", delayedUntil: 2_001, wakeAt: 2_001, ...brought },
      });
      expect((await store.write(id, claim("p1", 2_000))).applied).toBe(false);
      expect((await store.write(id, claim("p1", 2_001))).run).toMatchObject({
        status: "EXECUTING",
        ...brought,
      });
      expect((await store.write(id, putStartOff(2_001, 9_000, brought))).applied).toBe(false);
    });

    test("the machine that a run asks for is kept; who gives it back may put it on another, and count its deaths anew", async () => {
      const { store } = current();
      const lease = await claimed(store, "p1", { machine: "micro", deaths: 2 });
      expect(await store.read(lease.runId)).toMatchObject({ machine: "micro", deaths: 2 });
      const given = { activeMs: 5, attempts: 0, lastNumber: 0 };
      await store.write(lease.runId, yieldPass(lease, 2_000, { ...given, machine: "large-1x", deaths: 0 }));
      expect(await store.read(lease.runId)).toMatchObject({
        status: "QUEUED",
        machine: "large-1x",
        deaths: 0,
      });
    });

    test("every event changes the status as the table says, and is refused where the cell is empty", async () => {
      const { store } = current();
      for (const status of allStatuses) {
        for (const event of events) {
          const run = aRun({ status });
          await store.create(run);
          const write: HeadWrite = { event, when: { status: statusesBefore(event) }, set: { updatedAt: 2 } };
          const after = (transitions[status] as Partial<Record<RunEvent, string>>)[event];
          const expected = after === undefined ? run : { ...run, status: after, updatedAt: 2 };
          expect([event, await store.write(run.id, write)]).toStrictEqual([
            event,
            { applied: after !== undefined, run: plain(expected) },
          ]);
        }
      }
    });

    test("any change applies exactly when `applies` says so, gives `changed`, and otherwise leaves no trace", async () => {
      const { store } = current();
      await fc.assert(
        fc.asyncProperty(anyRun, anyWrite, async (given, write) => {
          const run = plain({ ...given, id: newId() });
          await store.create(run);
          const applied = applies(run, write);
          const after = plain(applied ? changed(run, write) : run);
          expect(await store.write(run.id, write)).toStrictEqual({ applied, run: after });
          expect(await store.read(run.id)).toStrictEqual(after);
        }),
        { numRuns: 200 },
      );
    });

    test.each<[string, Partial<Run>, HeadWrite["when"], boolean]>([
      ["its status", { status: "WAITING" }, { status: ["WAITING", "QUEUED"] }, true],
      ["another status", { status: "EXECUTING" }, { status: ["WAITING", "QUEUED"] }, false],
      ["no status", {}, { status: [] }, false],
      ["its epoch", { epoch: 2 }, { status: ["QUEUED"], epoch: 2 }, true],
      ["an older epoch", { epoch: 2 }, { status: ["QUEUED"], epoch: 1 }, false],
      ["its news", { news: 3 }, { status: ["QUEUED"], news: 3 }, true],
      ["older news", { news: 3 }, { status: ["QUEUED"], news: 2 }, false],
      ["its owner", { owner: "a" }, { status: ["QUEUED"], owner: "a" }, true],
      ["another owner", { owner: "a" }, { status: ["QUEUED"], owner: "b" }, false],
      ["an owner where there is none", {}, { status: ["QUEUED"], owner: "b" }, false],
      ["a free lease where nobody holds it", {}, { status: ["QUEUED"], leaseFreeAt: 5 }, true],
      [
        "a free lease where it ends later",
        { owner: "a", leaseUntil: 6 },
        { status: ["QUEUED"], leaseFreeAt: 5 },
        false,
      ],
      [
        "a free lease where it ends at that moment",
        { owner: "a", leaseUntil: 5 },
        { status: ["QUEUED"], leaseFreeAt: 5 },
        true,
      ],
      [
        "a free lease where it is a process's life",
        { owner: "a" },
        { status: ["QUEUED"], leaseFreeAt: 5 },
        false,
      ],
      [
        "two things of which one does not hold",
        { epoch: 2, news: 3 },
        { status: ["QUEUED"], epoch: 2, news: 2 },
        false,
      ],
    ])("a change that asks for %s is applied or refused by it", async (_, set, when, applied) => {
      const { store } = current();
      const run = aRun(set);
      await store.create(run);
      const answer = await store.write(run.id, { event: "claimed", when, set: { updatedAt: 7 } });
      expect(answer.applied).toBe(applied);
      expect(answer.run?.updatedAt).toBe(applied ? 7 : 1_000);
    });

    test("what is set once stays as it was first set", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      const begun = (startedAt: number): HeadWrite => ({
        event: "claimed",
        when: { status: ["QUEUED", "EXECUTING"] },
        set: {},
        setOnce: { startedAt },
      });
      expect((await store.write(run.id, begun(5))).run?.startedAt).toBe(5);
      expect((await store.write(run.id, begun(6))).run?.startedAt).toBe(5);
    });

    test("a change of a run that is not there is refused without a run", async () => {
      expect(await current().store.write("run_none", claim("a", 1))).toStrictEqual({
        applied: false,
        run: undefined,
      });
    });

    test("of many claims at once one takes the lease, and the epoch rises by one", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      const answers = await Promise.all(
        ["a", "b", "c", "d"].map((owner) => store.write(run.id, claim(owner, 1_000))),
      );
      expect(answers.filter(({ applied }) => applied)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.run?.owner)).size).toBe(1);
      expect(await store.read(run.id)).toMatchObject({ epoch: 1, status: "EXECUTING" });
    });

    test("a suspension is refused when something was put into the inbox after the news it knows", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const rest = {
        wakeAt: 9_000,
        waitingFor: { kind: "token", count: 1 },
        activeMs: 1,
        attempts: 0,
        lastNumber: 0,
      } as const;
      await store.send(lease.runId, { id: "token:1", data: "{}" }, 1_500);
      const refused = await store.write(lease.runId, suspend(lease, 2_000, 0, rest));
      expect(refused).toMatchObject({ applied: false, run: { news: 1, status: "EXECUTING", wakeAt: 1_500 } });
      expect(await store.write(lease.runId, suspend(lease, 2_000, 1, rest))).toMatchObject({
        applied: true,
        run: { status: "WAITING", wakeAt: 9_000 },
      });
    });
  });
}
