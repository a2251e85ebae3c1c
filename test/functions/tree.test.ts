/** The tree of a run: what of the journal shows, and how. */
import { describe, expect, test } from "vitest";
import { treeOf } from "../../functions/tree.ts";
import type { Checkpoint } from "../../sdk/tree-entry.ts";
import { at, done, journal, place, shape, t, tried } from "./journals.ts";

describe("a checkpoint", () => {
  test("shows name, place, times, input and output", () => {
    const [entry] = treeOf(
      journal(
        done("/a#0", { ok: true, at: new Date(0) }, { input: '["x"]', place: place("stripe.charge", 14) }),
      ),
    );
    expect(entry).toEqual({
      ...{
        kind: "checkpoint",
        id: "/a#0",
        number: 1,
        parent: null,
        name: "stripe.charge",
        file: "tasks/order.ts",
        line: 14,
      },
      ...{ sort: "unit", status: "COMPLETED", tries: [], startedAt: at(0), finishedAt: at(1) },
      ...{
        input: '["x"]',
        output: '{"ok":true,"at":"1970-01-01T00:00:00.000Z"}',
        outputBytes: expect.any(Number),
        error: null,
      },
    });
  });
  test("that failed shows what was thrown, whatever it was", () => {
    class Declined extends Error {
      override readonly name = "Declined";
      readonly code = "card_declined";
    }
    const thrown = [new Declined("no"), "just text", { reason: 1 }, null];
    const tree = treeOf(
      journal(...thrown.map((error, i) => done(`/a#${i}`, error, { ok: false }))),
    ) as Checkpoint[];
    expect(tree.map(({ status, output }) => [status, output])).toEqual(thrown.map(() => ["FAILED", null]));
    expect(tree.map(({ error }) => error)).toEqual([
      { name: "Declined", message: "no", code: "card_declined", stackTrace: expect.stringContaining("no") },
      { name: "Error", message: '"just text"' },
      { name: "Error", message: '{"reason":1}' },
      { name: "Error", message: "null" },
    ]);
  });
  test("shows its failed tries, and that it is tried again until it has settled", () => {
    const tries = [
      { number: 1, at: at(1), retryAt: at(60_000), error: { name: "Error", message: "no 1" } },
      { number: 2, at: at(2), retryAt: at(60_000), error: { name: "Error", message: "no 2" } },
    ];
    const records = [
      tried("/a#0", 1),
      tried("/a#0", 2),
      tried("/a#0", 2, { error: { name: "Error", message: "again" } }),
    ];
    expect(treeOf(journal(...records))).toMatchObject([
      { status: "RETRYING", number: 1, tries, finishedAt: null, sort: null },
    ]);
    expect(treeOf(journal(...records, done("/a#0")))).toMatchObject([
      { status: "COMPLETED", number: 1, tries, finishedAt: at(4) },
    ]);
  });
  test("that is a handle, or a child that has not ended, says so", () => {
    const tree = treeOf(
      journal(
        { kind: "marker", key: "/h#0", gen: 0, place: place("connect") },
        { kind: "children", keys: ["/c#0", "/c#1"] },
        done("/c#1", 2, { sort: "child" }),
      ),
    );
    expect(tree).toMatchObject([
      { id: "/h#0", status: "HANDLE", sort: "handle", output: null },
      { id: "/c#0", status: "WAITING", sort: "child", number: 2 },
      { id: "/c#1", status: "COMPLETED", sort: "child", number: 2 },
    ]);
  });
  test("that waits for a token, or for a run of somebody else's, names it", () => {
    const others = { "/t#0": "waitpoint_abc", "/o#0": "run_other" };
    const waiting = { kind: "children", keys: ["/t#0", "/o#0", "/c#0"], others } as const;
    const tree = treeOf(journal(waiting), undefined, "run_1");
    expect(tree).toMatchObject([
      { id: "/t#0", status: "WAITING", sort: "token", tokenId: "waitpoint_abc" },
      { id: "/o#0", status: "WAITING", sort: "child", runId: "run_other" },
      { id: "/c#0", status: "WAITING", sort: "child", runId: expect.stringMatching(/^run_[0-9a-z]{24}$/) },
    ]);
    expect(tree[0]).not.toHaveProperty("runId");
    const ended = treeOf(journal(waiting, done("/t#0", 1, { sort: "token" })), undefined, "run_1");
    expect(ended[0]).toMatchObject({ status: "COMPLETED", sort: "token", tokenId: "waitpoint_abc" });
  });
  test("counts by its first record; repetitions change nothing", () => {
    expect(treeOf(journal(done("/a#0", "first"), done("/a#0", "second")))).toMatchObject([
      { output: '"first"' },
    ]);
  });
  test("whose result the author's code rejected stands beside the one that was made again", () => {
    const rejects = [{ key: "/a#0", gen: 0 }];
    const attempt = {
      kind: "attempt",
      error: { name: "Error", message: "bad" },
      retryAt: t + 5_000,
      rejects,
    } as const;
    const tree = treeOf(journal(done("/a#0", "bad"), attempt, done("/a#0", "good", { gen: 1 })));
    expect(shape(tree)).toEqual([
      [1, "REJECTED", "/a#0", null],
      [2, "event", "event:2", null],
      [3, "COMPLETED", "/a#0~1", null],
    ]);
    expect(tree[1]).toMatchObject({
      event: "attempt",
      rejects: ["/a#0"],
      error: { message: "bad" },
      retryAt: at(5_000),
    });
  });
  test("shows at most 500 characters of a value, and none of one that is kept apart", () => {
    const [long, apart] = treeOf(
      journal(done("/a#0", "x".repeat(9_000)), done("/b#0", 0, { value: { ref: "abc", bytes: 70_000 } })),
    ) as Checkpoint[];
    expect(long?.output).toHaveLength(500);
    expect(long?.output?.endsWith("…")).toBe(true);
    expect([apart?.output, apart?.outputBytes]).toEqual([null, 70_000]);
  });
  test("with a value that cannot be read still shows", () => {
    const broken = { value: { inline: "z?" } };
    const tree = treeOf(
      journal(
        done("/a#0", 0, broken),
        done("/b#0", 0, { ok: false, ...broken }),
        done("/c#0", 0, { place: undefined }),
      ),
    );
    expect(tree).toMatchObject([
      { status: "COMPLETED", output: null },
      { status: "FAILED", error: { name: "Error" } },
      { name: "c#0", file: null, line: null },
    ]);
  });
});

test("a record that answers a call which was moved in the code shows once, where it answers, with where it was made", () => {
  const place = { name: "pay", at: "tasks/order.ts:9" };
  const moved = { name: "pay", at: "tasks/order.ts:4" };
  const tree = treeOf(
    journal(
      done("/a#0", "paid", { place, started: t + 1 }),
      done("/b#0"),
      { kind: "resume", codeVersion: "2", isOtherCode: true, drops: [] },
      done("/c#0/d#0", "paid", { place: moved, from: 1 }),
      done("/e#0/f#0", "paid", { place: { ...moved, at: "tasks/order.ts:2" }, from: 4 }),
    ),
  );
  const units = tree.filter(({ kind }) => kind === "checkpoint");
  expect(units.map(({ id }) => id)).toEqual(["/b#0", "/e#0/f#0"]);
  expect(units[1]).toMatchObject({
    ...{ file: "tasks/order.ts", line: 2, startedAt: at(1), finishedAt: at(1) },
    madeAt: { name: "pay", file: "tasks/order.ts", line: 9 },
  });
});

describe("the life of the run", () => {
  test("shows as events between the checkpoints", () => {
    const tree = treeOf(
      journal(
        done("/a#0"),
        { kind: "pass", codeVersion: "1", epoch: 2 },
        { kind: "empty", epoch: 2 },
        { kind: "cancel", reason: "canceled", epoch: 2 },
        { kind: "resume", codeVersion: "2", isOtherCode: true, drops: [{ key: "/a#0", gen: 0 }], epoch: 3 },
      ),
    );
    expect(tree.slice(1)).toEqual([
      { kind: "event", id: "event:2", number: 2, parent: null, at: at(2), event: "pass", codeVersion: "1" },
      {
        kind: "event",
        id: "event:4",
        number: 4,
        parent: null,
        at: at(4),
        event: "cancel",
        reason: "canceled",
      },
      {
        kind: "event",
        id: "event:5",
        number: 5,
        parent: null,
        at: at(5),
        event: "resume",
        codeVersion: "2",
        rejects: ["/a#0"],
      },
    ]);
  });
  test("leaves out what an older pass wrote behind the beginning of a newer one", () => {
    const records = [
      done("/a#0"),
      { kind: "pass", codeVersion: "1", epoch: 2 } as const,
      done("/b#0", "old"),
      tried("/c#0", 1),
      done("/b#0", "new", { epoch: 2 }),
      { kind: "pass", codeVersion: "1", epoch: 1 } as const,
    ];
    const tree = treeOf(journal(...records));
    expect(shape(tree)).toEqual([
      [1, "COMPLETED", "/a#0", null],
      [2, "event", "event:2", null],
      [5, "COMPLETED", "/b#0", null],
    ]);
    expect(tree[2]).toMatchObject({ output: '"new"' });
  });
});
