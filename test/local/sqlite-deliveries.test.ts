/** What became of deliveries, as one machine keeps it: how many, for how long, and who pushes whom out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeliveryNote } from "../../functions/delivery-notes.ts";
import {
  deliveriesMost,
  deliveryDays,
  openSqliteDeliveries,
  type SqliteDeliveries,
} from "../../local/sqlite-deliveries.ts";

let folder: string;
let opened: SqliteDeliveries[];
const told: string[] = [];
function open(path = join(folder, "logs.db")): SqliteDeliveries {
  const notes = openSqliteDeliveries(path, (line) => void told.push(line));
  opened.push(notes);
  return notes;
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-deliveries-"));
  opened = [];
  told.length = 0;
});
afterEach(() => {
  for (const notes of opened) notes.close();
  rmSync(folder, { recursive: true });
});

const day = 86_400_000;
const start = 1_790_000_000_000;
const note = (set: Partial<DeliveryNote> = {}): DeliveryNote => ({
  at: start,
  endpoint: "order",
  isKnown: true,
  outcome: "accepted",
  runs: [{ id: "run_1", isCached: false, taskIdentifier: "order" }],
  waiters: 0,
  ...set,
});
const refused = (set: Partial<DeliveryNote> = {}): DeliveryNote =>
  note({ outcome: "refused", runs: [], why: { code: "HF204", message: "The signature is wrong." }, ...set });

test("notes are given back as they were, the newest first, also by the next process", () => {
  const first = open();
  first.note(note());
  first.note(refused({ at: start + 1 }));
  first.close();
  opened = [];
  const { deliveries, more } = open().page({ limit: 10 });
  expect(deliveries).toEqual([
    { number: 2, ...refused({ at: start + 1 }) },
    { number: 1, ...note() },
  ]);
  expect(more).toBe(false);
  expect(told).toEqual([]);
});

test("whoever sends rubbish pushes out nothing but rubbish", () => {
  const notes = open();
  notes.note(note());
  for (let sent = 0; sent < 3 * deliveriesMost; sent++) {
    notes.note(refused());
    notes.note(refused({ isKnown: false, endpoint: `guess-${sent}`, why: { code: "HF203", message: "" } }));
  }
  const all = notes.page({ limit: 10 * deliveriesMost }).deliveries;
  expect(all.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
  expect(all.filter(({ isKnown }) => !isKnown)).toHaveLength(deliveriesMost);
  expect(all).toHaveLength(2 * deliveriesMost + 1);
  expect(all[0]?.endpoint).toBe(`guess-${3 * deliveriesMost - 1}`);
});

test("none is kept for longer than thirty days", () => {
  const notes = open();
  notes.note(note({ at: start }));
  notes.note(note({ at: start + 2 }));
  expect(notes.page({ limit: 10 }).deliveries).toHaveLength(2);
  notes.note(note({ at: start + deliveryDays * day + 1 }));
  expect(notes.page({ limit: 10 }).deliveries.map(({ at }) => at)).toEqual([
    start + deliveryDays * day + 1,
    start + 2,
  ]);
});

test("where the file cannot be opened deliveries go on without notes, and it is told once", () => {
  const path = join(folder, "no-database.db");
  writeFileSync(path, "this is no database, and long enough to be read as one ".repeat(40));
  const notes = open(path);
  notes.note(note());
  notes.note(note());
  expect(notes.page({ limit: 10 })).toEqual({ deliveries: [], more: false });
  expect(told).toHaveLength(1);
});
