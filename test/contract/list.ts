import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { replayId } from "../../engine/bulk-runs.ts";
import type { RunQuery, Store } from "../../engine/ports.ts";
import { allStatuses, type Run } from "../../engine/run.ts";
import { bulkTask, tokenTask } from "../../engine/token-task.ts";
import { chosenSeed } from "../heavy/random.ts";
import { aRun, claimed } from "./runs.ts";
import type { Current } from "./store.ts";

async function ids(store: Store, query: Partial<RunQuery> = {}): Promise<string[]> {
  return (await store.list({ limit: 100, ...query })).runs.map(({ id }) => id);
}

/** The same from the last page back to the first: pages in order, put one before the other. */
async function backByPage(store: Store, query: RunQuery, before: string): Promise<string[]> {
  let seen: string[] = [];
  for (let at: string | undefined = before; at !== undefined && seen.length < 100; ) {
    const page = await store.list({ ...query, before: at });
    seen = [...page.runs.map(({ id }) => id), ...seen];
    at = page.next;
  }
  return seen;
}

async function pageByPage(store: Store, query: RunQuery): Promise<string[]> {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(after === undefined ? query : { ...query, after });
    expect(page.runs.length).toBeGreaterThan(0);
    seen.push(...page.runs.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined && seen.length < 100);
  return seen;
}

const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const tasks = ["order", "mail"];
const tags = ["a", "b", "c"];
/** Machines that are asked for, where one task asks for one of its own. */
const asMachines = (names: readonly string[]) => ({ names, ofTasks: { mail: "small-2x" as const } });
const anyQuery = fc.record({
  status: perhaps(fc.subarray(allStatuses)),
  task: perhaps(fc.subarray([...tasks, "none"])),
  tag: perhaps(fc.subarray(tags)),
  batch: perhaps(fc.subarray(["batch_1", "batch_2"])),
  schedule: perhaps(fc.subarray(["sched_1", "sched_2"])),
  version: perhaps(fc.subarray(["v1", "v2"])),
  queue: perhaps(fc.subarray(["mails", "task/order"])),
  idempotencyKey: perhaps(fc.subarray(["Key_1", "Key_3", "key_1"])),
  machine: perhaps(fc.subarray(["micro", "small-1x", "small-2x", "large-1x"]).map(asMachines)),
  bulkAction: perhaps(fc.constantFrom("bulk_1", "bulk_2")),
  isTest: perhaps(fc.boolean()),
  text: perhaps(fc.constantFrom("ORD", "a", "7", "cannot READ", "É", "key_1", "%", "nothing has it")),
  from: perhaps(fc.nat(12)),
  to: perhaps(fc.nat(12)),
});

/** Case of a to z does not count; this test's other letters have none that is asked for otherwise. */
const folded = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** No text is found in an error that is encrypted. */
function hasText(run: Run, text: string, isEncrypted: boolean): boolean {
  const errors =
    run.dataKey === undefined && !isEncrypted ? [run.error?.name ?? "", run.error?.message ?? ""] : [];
  const texts = [run.id, run.task, ...run.tags, run.idempotencyKey ?? "", ...errors];
  return texts.some((each) => folded(each).includes(folded(text)));
}

function matches(run: Run, query: Partial<RunQuery>, isEncrypted: boolean): boolean {
  const pairs: (readonly [readonly string[] | undefined, readonly (string | undefined)[]])[] = [
    [query.status, [run.status]],
    [query.task, [run.task]],
    [query.tag, run.tags],
    [query.batch, [run.batchId]],
    [query.schedule, [run.scheduleId]],
    [query.version, [run.codeVersion]],
    [query.queue, [run.queue]],
    [query.idempotencyKey, [run.idempotencyKey]],
  ];
  return (
    pairs.every(([wanted, values]) => wanted === undefined || wanted.some((each) => values.includes(each))) &&
    (query.machine === undefined ||
      query.machine.names.includes(run.machine ?? (run.task === "mail" ? "small-2x" : "small-1x"))) &&
    (query.bulkAction === undefined ||
      run.canceledBy === query.bulkAction ||
      run.id === replayId(query.bulkAction, run.replayOf ?? "")) &&
    (query.isTest === undefined || query.isTest === (run.isTest ?? false)) &&
    (query.text === undefined || hasText(run, query.text, isEncrypted)) &&
    run.createdAt >= (query.from ?? 0) &&
    run.createdAt <= (query.to ?? 99)
  );
}

/** Runs that differ in all that is filtered by. */
function variedRun(n: number): Run {
  const some = (step: number, fields: Partial<Run>): Partial<Run> => (n % step === 0 ? fields : {});
  return aRun({
    createdAt: n % 11,
    status: allStatuses[(n * 7) % allStatuses.length] ?? "QUEUED",
    task: tasks[n % 2] ?? "",
    tags: tags.filter((_, place) => (n >> place) & 1),
    codeVersion: `v${n % 3}`,
    ...(n % 5 === 0 ? {} : { batchId: `batch_${n % 3}`, scheduleId: `sched_${n % 4}` }),
    ...some(2, { queue: n % 3 === 1 ? "mails" : "task/order" }),
    ...some(4, { idempotencyKey: `Key_${n % 7}` }),
    ...some(6, { error: { name: "TypeError", message: "Cannot read É of undefined" } }),
    ...some(3, { isTest: true, canceledBy: `bulk_${n % 2}` }),
    ...some(7, { replayOf: `run_${n}`, id: replayId("bulk_1", `run_${n}`) }),
    ...some(5, { machine: n % 2 === 0 ? "micro" : "large-1x" }),
    ...some(12, { dataKey: "sealed" }),
  });
}

/** What `list` promises. */
export function listPromises(current: Current): void {
  describe("list", () => {
    test("runs come newest first, those of one millisecond by id from the last, as they are now", async () => {
      const { store } = current();
      for (const [id, createdAt] of [
        ["b", 2],
        ["a", 1],
        ["d", 2],
        ["c", 2],
        ["e", 3],
      ] as const)
        await store.create(aRun({ id, createdAt }));
      await store.send("e", { id: "cancel", data: "0" }, 7);
      const { runs, next } = await store.list({ limit: 100 });
      expect(runs.map(({ id }) => id)).toStrictEqual(["e", "d", "c", "b", "a"]);
      expect(runs[0]).toStrictEqual(await store.read("e"));
      expect(next).toBeUndefined();
    });

    test("runs of a batch are found among others, newest first and page by page, whether a parent waits for them or not", async () => {
      const { store } = current();
      const kinds = [
        {},
        { batchId: "batch_free" },
        { batchId: "batch_waited", parent: { runId: "above", key: "a#0" } },
      ];
      for (let n = 0; n < 12; n++)
        await store.create(aRun({ id: `r${n + 10}`, createdAt: n, ...kinds[n % kinds.length] }));
      const free = ["r20", "r17", "r14", "r11"];
      const waited = ["r21", "r18", "r15", "r12"];
      expect(await ids(store, { batch: ["batch_free"] })).toStrictEqual(free);
      expect(await ids(store, { batch: ["batch_waited"] })).toStrictEqual(waited);
      expect(await ids(store, { batch: ["batch_waited", "batch_free"] })).toStrictEqual(
        [...free, ...waited].sort().reverse(),
      );
      for (const none of ["batch_none", "", "b".repeat(3_000)])
        expect(await ids(store, { batch: [none] })).toStrictEqual([]);
      expect(await ids(store, { batch: ["batch_free"], from: 4, to: 9 })).toStrictEqual(["r17", "r14"]);
      for (const batch of [["batch_free"], ["batch_waited"]])
        expect(await pageByPage(store, { batch, limit: 3 })).toStrictEqual(await ids(store, { batch }));
    });

    test("page by page every run comes once, and the last page has no next", async () => {
      const { store } = current();
      for (let n = 0; n < 10; n++)
        await store.create(aRun({ createdAt: n >> 1, status: n % 3 === 0 ? "FAILED" : "QUEUED" }));
      const queries: [number, Partial<RunQuery>][] = [
        [1, {}],
        [3, {}],
        [5, {}],
        [2, { status: ["FAILED", "QUEUED"] }],
        [2, { status: ["FAILED"] }],
      ];
      for (const [limit, query] of queries) {
        const all = await ids(store, query);
        expect(await pageByPage(store, { ...query, limit })).toStrictEqual(all);
        const [last = "", ...others] = [...all].reverse();
        expect(await backByPage(store, { ...query, limit }, last)).toStrictEqual(others.reverse());
      }
    });

    test("tokens and bulk actions are listed only where their task is asked for", async () => {
      const { store } = current();
      await store.create(aRun({ id: "run_a", createdAt: 1 }));
      await store.create(aRun({ id: "waitpoint_b", task: tokenTask, status: "DELAYED", createdAt: 2 }));
      await store.create(aRun({ id: "bulk_c", task: bulkTask, createdAt: 3 }));
      expect(await ids(store)).toStrictEqual(["run_a"]);
      expect(await ids(store, { task: [bulkTask] })).toStrictEqual(["bulk_c"]);
      expect(await ids(store, { status: ["QUEUED", "DELAYED"] })).toStrictEqual(["run_a"]);
      expect(await ids(store, { task: [tokenTask] })).toStrictEqual(["waitpoint_b"]);
    });

    test("a place in the list stays good while runs change and new ones come", async () => {
      const { store } = current();
      for (const id of ["a", "b", "c"]) await store.create(aRun({ id, createdAt: 5 }));
      const { next } = await store.list({ limit: 1, status: ["QUEUED"] });
      await store.write("c", { event: "canceled", when: { status: ["QUEUED"] }, set: {} });
      await store.create(aRun({ id: "d", createdAt: 6 }));
      expect(await ids(store, { after: next, status: ["QUEUED"] })).toStrictEqual(["b", "a"]);
    });

    test("after a run that is not there nothing comes", async () => {
      const { store } = current();
      await store.create(aRun());
      expect(await store.list({ limit: 5, after: "run_none" })).toStrictEqual({ runs: [] });
    });

    test("after the time of a run that is not there any more its list goes on", async () => {
      const { store } = current();
      for (const [id, createdAt] of [
        ["a", 4],
        ["b", 5],
        ["d", 5],
        ["e", 6],
      ] as const)
        await store.create(aRun({ id, createdAt }));
      expect(await ids(store, { after: "c", afterAt: 5 })).toStrictEqual(["b", "a"]);
      expect(await ids(store, { after: "c", afterAt: 5, status: ["QUEUED"] })).toStrictEqual(["b", "a"]);
      expect(await ids(store, { after: "c", afterAt: 6 })).toStrictEqual(["d", "b", "a"]);
    });

    test("a status is found under what it is now", async () => {
      const { store } = current();
      const { runId } = await claimed(store);
      expect(await ids(store, { status: ["QUEUED"] })).toStrictEqual([]);
      expect(await ids(store, { status: ["EXECUTING"] })).toStrictEqual([runId]);
    });

    test("any combination of filters gives the runs that fit all of them: one of the statuses, tasks and tags, created within", async () => {
      const { store, isEncrypted = false } = current();
      for (let n = 0; n < 60; n++) await store.create(variedRun(n));
      const { runs } = await store.list({ limit: 100 });
      await fc.assert(
        fc.asyncProperty(anyQuery, async (query) => {
          expect(await ids(store, query)).toStrictEqual(
            runs.filter((run) => matches(run, query, isEncrypted)).map(({ id }) => id),
          );
        }),
        { numRuns: 150, seed: chosenSeed() },
      );
    });
  });
}
