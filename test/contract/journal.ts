import { describe, expect, test } from "vitest";
import { claim, finish } from "../../engine/head-write.ts";
import { withLastEntry } from "../../engine/last-entry.ts";
import { writeWithRecord } from "../../engine/last-record.ts";
import type { Store } from "../../engine/ports.ts";
import { realClock } from "../../functions/clock.ts";
import { anEntry, aRun, claimed, wholeJournal } from "./runs.ts";
import type { Current } from "./store.ts";

const ended = { activeMs: 0, attempts: 0, lastNumber: 0 };

/** What `append` and `journal` promise. */
export function journalPromises(current: Current): void {
  describe("append", () => {
    test("an entry goes to a free number and is read back as it was written", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const entry = anEntry(1, lease.epoch, "ü\u0000😀");
      expect(await store.append(lease, entry)).toStrictEqual({ outcome: "appended" });
      expect(await store.journal(lease.runId, 0)).toStrictEqual({ entries: [entry], more: false });
    });

    test("a number that holds another entry is taken, and gives that entry", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const first = anEntry(1, lease.epoch, "first");
      await store.append(lease, first);
      for (const other of [anEntry(1, lease.epoch, "second"), { ...first, epoch: 0 }]) {
        expect(await store.append(lease, other)).toStrictEqual({ outcome: "taken", entry: first });
      }
      expect(await wholeJournal(store, lease.runId)).toStrictEqual([first]);
    });

    test("the same entry once more counts as appended", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const entry = anEntry(1, lease.epoch);
      await store.append(lease, entry);
      expect(await store.append(lease, { ...entry })).toStrictEqual({ outcome: "appended" });
      expect(await wholeJournal(store, lease.runId)).toStrictEqual([entry]);
    });

    test("of many entries for one number at once, one is appended and the others get it", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const answers = await Promise.all(
        ["a", "b", "c"].map((text) => store.append(lease, anEntry(1, lease.epoch, text))),
      );
      expect(answers.filter(({ outcome }) => outcome === "appended")).toHaveLength(1);
      const [kept] = await wholeJournal(store, lease.runId);
      for (const answer of answers) if (answer.outcome === "taken") expect(answer.entry).toStrictEqual(kept);
    });

    test("numbers may be left out, and each run has its own", async () => {
      const { store } = current();
      const [one, two] = [await claimed(store), await claimed(store)];
      await store.append(one, anEntry(3, 1, "c"));
      await store.append(one, anEntry(1, 1, "a"));
      expect(await store.append(two, anEntry(1, 1, "b"))).toStrictEqual({ outcome: "appended" });
      expect((await wholeJournal(store, one.runId)).map(({ number }) => number)).toStrictEqual([1, 3]);
    });
  });

  describe("append, where the store fences it", () => {
    test("nothing is appended under a lease that another took, was given back, or never was", async ({
      skip,
    }) => {
      const { store, fencesAppends } = current();
      if (!fencesAppends) skip();
      const gone = await claimed(store, "p1", { leaseUntil: 1_000 });
      await store.append(gone, anEntry(1, 1));
      await store.write(gone.runId, { ...claim("p2", 1_000), when: { status: ["EXECUTING"] } });
      const back = await claimed(store);
      await store.write(back.runId, finish(back, "completed", 2_000, ended, false));
      const stale = [gone, back, { ...gone, owner: "p2" }, { runId: aRun().id, owner: "p1", epoch: 1 }];
      for (const lease of stale) {
        expect(await store.append(lease, anEntry(2, 1))).toStrictEqual({ outcome: "superseded" });
      }
      expect(await store.append(gone, anEntry(1, 1))).toStrictEqual({ outcome: "superseded" });
      expect(await wholeJournal(store, gone.runId)).toHaveLength(1);
      expect(await store.append({ ...gone, owner: "p2", epoch: 2 }, anEntry(2, 2))).toStrictEqual({
        outcome: "appended",
      });
    });
  });

  describe("an end that brings the last record", () => {
    const last = anEntry(2, 1, "the last");
    const bringing = { ...ended, lastNumber: 2, lastRecord: { inline: last.data } };

    test("who reads the log has it behind all others, whatever a pass that was overtaken has put there, and however often it was written", async () => {
      const { store } = current();
      const lease = await claimed(store);
      await store.append(lease, anEntry(1, 1));
      await store.append(lease, anEntry(2, 1, "of a pass that was overtaken"));
      await store.append(lease, anEntry(3, 1, "of the same"));
      const write = finish(lease, "completed", 2_000, bringing, false);
      const written = await store.write(lease.runId, write);
      expect(written).toMatchObject({
        applied: true,
        run: { lastRecord: { inline: last.data }, lastNumber: 2 },
      });
      expect((await store.write(lease.runId, write)).applied).toBe(false);
      const run = (await store.read(lease.runId)) ?? aRun();
      expect(withLastEntry(run, await wholeJournal(store, lease.runId))).toStrictEqual([anEntry(1, 1), last]);
    });

    test("of an older epoch it is not applied, and leaves nothing", async () => {
      const { store } = current();
      const gone = await claimed(store, "p1", { leaseUntil: 1_000 });
      await store.write(gone.runId, { ...claim("p2", 1_000), when: { status: ["EXECUTING"] } });
      const written = await store.write(gone.runId, finish(gone, "completed", 2_000, bringing, false));
      expect(written.applied).toBe(false);
      const run = (await store.read(gone.runId)) ?? aRun();
      expect([run.status, run.lastRecord]).toStrictEqual(["EXECUTING", undefined]);
      expect(withLastEntry(run, await wholeJournal(store, gone.runId))).toStrictEqual([]);
    });

    test("one whose answer was lost is known by its record, and another's is not", async () => {
      const { store } = current();
      const lease = await claimed(store);
      let lost = 2;
      const losing = {
        write: async (...given: Parameters<Store["write"]>) => {
          const written = await store.write(...given);
          if (lost-- > 0) throw new Error("no answer");
          return written;
        },
      };
      const clock = { ...realClock, after: (_: number, fn: () => void) => realClock.after(0, fn) };
      const ports = { store: { ...store, ...losing }, clock };
      const write = finish(lease, "completed", 2_000, bringing, false);
      expect(await writeWithRecord(ports, lease.runId, write)).toMatchObject({ applied: true });
      const other = finish(lease, "completed", 2_000, { ...bringing, lastRecord: { inline: "x" } }, false);
      expect(await writeWithRecord(ports, lease.runId, other)).toMatchObject({ applied: false });
    });
  });

  describe("journal", () => {
    test("a journal of several megabytes is read in pages: in order, each entry once, from any number on", async () => {
      const { store } = current();
      const lease = await claimed(store);
      const entries = Array.from({ length: 300 }, (_, index) =>
        anEntry(index + 1, 1, String(index).repeat(4_000)),
      );
      await Promise.all(entries.map((entry) => store.append(lease, entry)));
      const { entries: first, more } = await store.journal(lease.runId, 0);
      expect(more).toBe(true);
      expect(first.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThan(1_100_000);
      expect(await wholeJournal(store, lease.runId)).toStrictEqual(entries);
      expect(await wholeJournal(store, lease.runId, 100)).toStrictEqual(entries.slice(100));
    });

    test("behind the last entry, and without a run, there is an empty page and no more", async () => {
      const { store } = current();
      const lease = await claimed(store);
      await store.append(lease, anEntry(1, 1));
      expect(await store.journal(lease.runId, 1)).toStrictEqual({ entries: [], more: false });
      expect(await store.journal("run_none", 0)).toStrictEqual({ entries: [], more: false });
    });
  });
}
