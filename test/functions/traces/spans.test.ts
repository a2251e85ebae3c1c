/** What a pass has to tell, from its records: which spans, under which, and nothing twice. */
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../../engine/memory-store.ts";
import type { JournalRecord } from "../../../engine/record.ts";
import type { Run } from "../../../engine/run.ts";
import type { SeenPass } from "../../../functions/seen-pass.ts";
import { watchPass } from "../../../functions/seen-pass.ts";
import type { Span } from "../../../functions/traces/span.ts";
import { passSpan, runSpan, traceOf, trySpan } from "../../../functions/traces/span.ts";
import { spansOf } from "../../../functions/traces/spans.ts";
import { aRun } from "../../contract/runs.ts";
import { done, journal, t, tried } from "../journals.ts";

type Given = Partial<JournalRecord> & { kind: JournalRecord["kind"] };

interface Told {
  readonly run?: Partial<Run>;
  /** The head as it was left; by default the run goes on. */
  readonly left?: Partial<Run>;
  readonly epoch?: number;
  /** The records behind this number are new. */
  readonly from?: number;
}

function seen(records: readonly Given[], { run = {}, left = {}, epoch = 1, from = 0 }: Told = {}): SeenPass {
  const head = aRun({ id: "run_a", status: "EXECUTING", startedAt: t, epoch, lastNumber: from, ...run });
  const entries = journal(...records).map(({ number, data }) => [number, JSON.parse(data) as JournalRecord]);
  return {
    outcome: "suspended",
    claimed: head,
    last: { ...head, status: "WAITING", ...left },
    claimedAt: t,
    endedAt: t + 100,
    records: new Map(entries as [number, JournalRecord][]),
    firstNew: from + 1,
  };
}
const names = (id: string) => (id === "helper" ? { name: "branch", at: "tasks/order.ts:9" } : undefined);
const told = (records: readonly Given[], more?: Told): Span[] => spansOf(seen(records, more), names);
const kind = (spans: readonly Span[], which: string): Span[] =>
  spans.filter(({ attributes }) => attributes["holdfast.kind"] === which);
const finished = { status: "COMPLETED", finishedAt: t + 50 } as const;

describe("a pass tells", () => {
  test("of the tries behind what earlier passes have told of, those of dead passes included", () => {
    const records = [
      done("/a#0"),
      done("/b#0"),
      { kind: "pass", codeVersion: "v", epoch: 2 } as const,
      done("/c#0", 1, { epoch: 2 }),
    ];
    expect(kind(told(records.slice(0, 2)), "unit").map(({ name }) => name)).toEqual(["/a#0", "/b#0"]);
    expect(kind(told(records, { epoch: 2, from: 2 }), "unit").map(({ name }) => name)).toEqual(["/c#0"]);
    expect(kind(told(records, { epoch: 2, from: 1 }), "unit").map(({ name }) => name)).toEqual([
      "/b#0",
      "/c#0",
    ]);
  });
  test("nothing of records that are void, and of one that is there twice once", () => {
    const records = [
      { kind: "pass", codeVersion: "v", epoch: 2 } as const,
      done("/late#0", 1, { epoch: 1 }),
      done("/a#0", 1, { epoch: 2 }),
      done("/a#0", 1, { epoch: 2 }),
    ];
    expect(kind(told(records, { epoch: 2 }), "unit").map(({ name }) => name)).toEqual(["/a#0"]);
  });
  test("the same ids as any other pass would", () => {
    const records = [tried("/a#0", 1), done("/a#0", 1, { tries: 1 })];
    const ids = (more: Told) => kind(told(records, more), "unit").map(({ id }) => id);
    expect(ids({})).toEqual(ids({ epoch: 3, left: finished }));
    expect(ids({})).toEqual([trySpan("run_a", "/a#0", 0, 1), trySpan("run_a", "/a#0", 0, 2)]);
  });
  test("of an await that the author's code rejected, the first making and the second", () => {
    const attempt = {
      kind: "attempt",
      error: { name: "Error", message: "no" },
      retryAt: t,
      rejects: [{ key: "/a#0", gen: 0 }],
    } as const;
    const spans = told([done("/a#0"), attempt, done("/a#0", 2, { gen: 1 })]);
    expect(kind(spans, "unit").map(({ attributes }) => attributes["holdfast.rejections"])).toEqual([
      undefined,
      1,
    ]);
    expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length);
    expect(kind(spans, "pass")[0]?.events).toEqual([
      { name: "attempt", at: t + 2, attributes: { "error.type": "Error" } },
    ]);
  });
});

describe("parents", () => {
  test("are the frames around a try, whose spans come with the run's end and span what is in them", () => {
    const records = [
      done("/helper#0/a#0", 1, { started: t + 5, t: t + 10 }),
      done("/helper#0/b#0", 1, { started: t + 20, t: t + 30 }),
    ];
    const open = told(records);
    const over = told(records, { left: finished });
    expect(kind(open, "frame")).toEqual([]);
    const [frame] = kind(over, "frame");
    expect(frame).toMatchObject({ name: "branch", from: t + 5, to: t + 30, parent: runSpan("run_a", 0) });
    expect(kind(open, "unit").map(({ parent }) => parent)).toEqual([frame?.id, frame?.id]);
  });
  test("of a callback's tries are the library's call that made it", () => {
    const call = "/pmap#0";
    const inv = [{ call, path: "f0:aa.0", fn: 0, args: "[]", after: 0, order: 0, sync: false }] as const;
    const records = [done(`${call}>f0:aa.0/a#0`, 1, { inv }), done(call, 1, { sort: "library" })];
    const spans = told(records, { left: finished });
    const [library] = kind(spans, "library");
    const [frame] = kind(spans, "frame");
    expect([frame?.name, frame?.parent]).toEqual(["callback 1", library?.id]);
    expect(kind(spans, "unit")[0]?.parent).toBe(frame?.id);
  });
  test("of a child's run is the try that started it, in the same trace", () => {
    const child = { id: "run_b", root: "run_a", parent: { runId: "run_a", key: "/child#0" } };
    const [run] = kind(told([], { run: child, left: finished }), "run");
    expect(run).toMatchObject({
      trace: traceOf({ id: "run_a" }),
      parent: trySpan("run_a", "/child#0", 0, 1),
    });
  });
  test("after a resume are another span of the run, linked to the first", () => {
    const resume = { kind: "resume", codeVersion: "v", isOtherCode: false, drops: [], epoch: 2 } as const;
    const records = [
      done("/a#0"),
      { kind: "pass", codeVersion: "v", epoch: 2 } as const,
      resume,
      done("/b#0", 1, { epoch: 2 }),
    ];
    const spans = told(records, { run: { resumes: 1 }, left: finished, epoch: 2, from: 1 });
    const [run] = kind(spans, "run");
    expect(run).toMatchObject({ id: runSpan("run_a", 1), link: runSpan("run_a", 0), from: t + 3 });
    expect(kind(spans, "unit").map(({ parent }) => parent)).toEqual([run?.id]);
    expect(kind(spans, "pass")[0]).toMatchObject({ parent: run?.id, link: passSpan("run_a", 1) });
  });
});

describe("is said of a span", () => {
  test("what failed, by name: an error's message is not, and no value", async () => {
    const store = memoryStore();
    const run = aRun({ id: "run_a", status: "QUEUED" });
    await store.create(run);
    const watched = watchPass(store, run.id, { now: () => t }, true);
    const lease = { runId: run.id, owner: "o", epoch: 1 };
    const { claim, finish } = await import("../../../engine/head-write.ts");
    await watched.store.write(run.id, claim("o", t));
    const failed = done("/a#0", new TypeError("secret message"), { ok: false, input: "secret input" });
    for (const entry of journal(done("/v#0", "secret value", { input: "secret input" }), failed))
      await watched.store.append(lease, entry);
    const counts = { activeMs: 1, attempts: 0, lastNumber: 2 };
    await watched.store.write(run.id, finish(lease, "failed", t + 5, counts, false));
    const pass = watched.ended("finished");
    const spans = pass === undefined ? [] : spansOf(pass, names);
    expect(spans.map(({ name, failed: what }) => [name, what])).toEqual([
      ["/v#0", undefined],
      ["/a#0", "TypeError"],
      ["pass 1", undefined],
      ["order", "FAILED"],
    ]);
    expect(JSON.stringify([[...(pass?.records.values() ?? [])], spans])).not.toContain("secret");
  });
  test("no name longer than 128 characters", () => {
    const place = { name: "x".repeat(500), at: `${"y".repeat(500)}:1` };
    const [span] = told([done("/a#0", 1, { place })]);
    expect(span?.name).toHaveLength(128);
    expect(String(span?.attributes["code.file.path"])).toHaveLength(128);
  });
});
