/** Whole journals for those who look: what was read once is not asked for again, and what is there is what the store has. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalEntry } from "../../engine/ports.ts";
import { journalReader } from "../../functions/journal-reader.ts";

/** A store that counts what it is asked for. */
function counting(pageOf = 2) {
  const journals = new Map<string, Map<number, JournalEntry>>();
  const asked: [string, number][] = [];
  const put = (runId: string, number: number, data = `${runId} ${number}`): void => {
    const journal = journals.get(runId) ?? new Map<number, JournalEntry>();
    if (!journal.has(number)) journal.set(number, { number, epoch: 1, data });
    journals.set(runId, journal);
  };
  const all = (runId: string): JournalEntry[] =>
    [...(journals.get(runId)?.values() ?? [])].sort((a, b) => a.number - b.number);
  async function journal(runId: string, after: number) {
    asked.push([runId, after]);
    const behind = all(runId).filter(({ number }) => number > after);
    return { entries: behind.slice(0, pageOf), more: behind.length > pageOf };
  }
  return { store: { journal }, put, all, asked };
}

test("records that were read once are not asked for again; those behind them are", async () => {
  const { store, put, all, asked } = counting();
  const reader = journalReader(store, () => 0);
  for (let number = 1; number <= 5; number++) put("run_a", number);
  expect(await reader.whole("run_a")).toEqual(all("run_a"));
  asked.length = 0;
  put("run_a", 6);
  expect(await reader.whole("run_a")).toEqual(all("run_a"));
  expect(asked).toEqual([["run_a", 5]]);
});

test("a record that comes into a gap later is there", async () => {
  const { store, put, all } = counting();
  const reader = journalReader(store, () => 0);
  for (const number of [1, 2, 4, 5]) put("run_a", number);
  await reader.whole("run_a");
  put("run_a", 3);
  expect(await reader.whole("run_a")).toEqual(all("run_a"));
});

test("in whatever order records come, a reading is what the store has", async () => {
  const put = fc.record({
    run: fc.constantFrom("run_a", "run_b", "run_c"),
    number: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(put, fc.constantFrom("run_a", "run_b", "run_c"))), async (steps) => {
      const { store, put, all } = counting();
      const reader = journalReader(store, () => 0, 40);
      for (const step of steps) {
        if (typeof step !== "string") put(step.run, step.number);
        else expect(await reader.whole(step)).toEqual(all(step));
      }
    }),
  );
});

test("what was not looked at for a minute, or is too much, is not kept", async () => {
  const { store, put, asked } = counting();
  let now = 0;
  const reader = journalReader(store, () => now, 20);
  for (const runId of ["run_a", "run_b"]) for (let number = 1; number <= 2; number++) put(runId, number);
  const againFrom = async (runId: string) => {
    asked.length = 0;
    await reader.whole(runId);
    return asked[0]?.[1];
  };
  expect(await againFrom("run_a")).toBe(0);
  expect(await againFrom("run_a")).toBe(2);
  expect(await againFrom("run_b")).toBe(0); // 14 characters each, and 20 is the most
  expect(await againFrom("run_a")).toBe(0);
  now = 61_000;
  expect(await againFrom("run_b")).toBe(0);
  now = 125_000;
  await reader.whole("run_c");
  expect(await againFrom("run_b")).toBe(0);
});
