/**
 * Runs as items and back, without a database.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allStatuses, type Run } from "../../engine/run.ts";
import {
  coldKeyOf,
  entryItem,
  itemsOf,
  partitions,
  sizeOf,
  toEntry,
  toRun,
} from "../../functions/aws/keys.ts";
import { pack, unpack } from "../../functions/aws/packed-text.ts";
import { tableDefinition } from "../../functions/aws/table.ts";
import { aRun, plain } from "../contract/runs.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 400, maxLength: 900 }));
const time = fc.nat(2_000_000_000_000);
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const stored = fc.oneof(
  text.map((inline) => ({ inline })),
  fc.record({ ref: fc.string({ unit: fc.constantFrom(..."0123456789abcdef") }), bytes: fc.nat() }),
);
const error = fc.record({ name: text, message: text, stack: perhaps(text), code: perhaps(fc.string()) });
const keys = fc.array(fc.record({ key: text, gen: fc.nat(3) }), { maxLength: 3 });

const anyRun: fc.Arbitrary<Run> = fc
  .record({
    task: text,
    status: fc.constantFrom(...allStatuses),
    payload: stored,
    output: perhaps(stored),
    metadata: perhaps(stored),
    error: perhaps(error),
    createdAt: time,
    updatedAt: time,
    wakeAt: perhaps(time),
    leaseUntil: perhaps(time),
    owner: perhaps(fc.string({ minLength: 1 })),
    epoch: fc.nat(9),
    news: fc.nat(9),
    attempts: fc.nat(2),
    activeMs: fc.nat(),
    priority: fc.integer(),
    isTest: fc.boolean(),
    tags: fc.array(text, { maxLength: 3 }),
    waitingFor: perhaps(fc.record({ kind: fc.constantFrom("timer", "child"), count: fc.nat(9) })),
    parent: perhaps(fc.record({ runId: fc.string(), key: text })),
    forkOf: perhaps(fc.record({ runId: fc.string(), number: fc.nat(), seed: fc.string() })),
    failedBy: perhaps(keys),
    decided: perhaps(
      fc.record({ redo: fc.array(text, { maxLength: 2 }), keep: fc.array(text, { maxLength: 2 }) }),
    ),
    lastGood: perhaps(fc.record({ number: fc.nat(), name: text, at: text })),
    source: fc.constantFrom("api", "webhook", "parent", "schedule"),
  })
  .map((set) => aRun(set as Partial<Run>));

describe("items", () => {
  test("a run comes back from its items as it was", () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { head, cold } = itemsOf(run, "w");
        expect(toRun(head, cold)).toStrictEqual(plain(run));
        expect(coldKeyOf(head)).toStrictEqual(cold && { pk: cold.pk, sk: cold.sk });
      }),
      { numRuns: 500 },
    );
  });

  test("a head that gives its payload away stays under a unit", () => {
    const run = aRun({ payload: { inline: "é".repeat(40_000) }, metadata: { inline: "x".repeat(2_000) } });
    expect(sizeOf(itemsOf(run, "w").head)).toBeLessThan(750);
  });

  test("two runs of one id with other payloads have other cold items", () => {
    const of = (letter: string) =>
      itemsOf(aRun({ id: "a", payload: { inline: `${letter}${Math.E}`.repeat(99) } }), "w");
    const random = (seed: number) =>
      itemsOf(
        aRun({
          id: "a",
          payload: { inline: Array.from({ length: 200 }, (_, n) => Math.sin(n * seed)).join() },
        }),
        "w",
      );
    expect(of("a").cold).toBeUndefined();
    expect(random(1).cold?.sk).toBeDefined();
    expect(random(1).cold?.sk).toStrictEqual(random(1).cold?.sk);
    expect(random(1).cold?.sk).not.toStrictEqual(random(2).cold?.sk);
  });

  test("numbers of entries are in order as text, and all of them are before the end", () => {
    const entries = [1, 9, 10, 99, 12_345_678].map((number) => ({ number, epoch: 3, data: "{}" }));
    const items = entries.map((entry) => entryItem("a", entry));
    expect(items.map(toEntry)).toStrictEqual(entries);
    const order = items.map(({ sk }) => sk?.S ?? "");
    expect([...order].sort()).toStrictEqual(order);
  });

  test("text comes back, packed or not, and is packed only where that helps", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), fc.nat(600), (some, above) => {
        expect(unpack(pack(some, above))).toBe(some);
      }),
    );
    expect(pack("short", 10)).toStrictEqual({ S: "short" });
    expect(pack("x".repeat(50), 10).B).toBeDefined();
    expect(pack("0123456789ab", 10)).toStrictEqual({ S: "0123456789ab" });
  });

  test("runs are spread over the partitions of the indexes", () => {
    const heads = Array.from(
      { length: 4_000 },
      (_, n) => itemsOf(aRun({ id: `run_${n.toString(36)}` }), "w").head,
    );
    for (const [attribute, shards] of [
      ["wakeShard", partitions.waking],
      ["listShard", partitions.ordinary],
    ] as const) {
      for (const shard of shards) {
        const share = heads.filter((head) => head[attribute]?.S === shard).length / heads.length;
        expect(share).toBeGreaterThan(0.75 / shards.length);
        expect(share).toBeLessThan(1.25 / shards.length);
      }
    }
  });

  test("the definition names the attributes that the items have", () => {
    const { head } = itemsOf(aRun({ batchId: "batch_1" }), "w");
    const { partitionKey, sortKey, indexes } = tableDefinition;
    for (const { name, type } of [
      partitionKey,
      sortKey,
      ...indexes.flatMap((i) => [i.partitionKey, i.sortKey]),
    ])
      expect(head[name]).toHaveProperty(type);
  });
});
