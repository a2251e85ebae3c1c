/** The figures of passes as CloudWatch reads them out of the log. */
import { describe, expect, test } from "vitest";
import { claim, finish, suspend } from "../../engine/head-write.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Ports, Store } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { mostTasks, passMetrics } from "../../functions/pass-metrics.ts";
import { type SeenPass, watchPass } from "../../functions/seen-pass.ts";
import { aRun, newId } from "../contract/runs.ts";
import { done, journal, t, tried } from "./journals.ts";

const settings = { namespace: "Holdfast/Shop", project: "Orders", perTask: false };
const tasks = ["order"];

interface Line {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/** What CloudWatch makes of a line: each metric that it names, with its values. */
function metricsIn(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [directive] = (line as Line)._aws.CloudWatchMetrics;
  return Object.fromEntries((directive?.Metrics ?? []).map(({ Name }) => [Name, line[Name]]));
}

type Work = (store: Store, lease: { runId: string; owner: string; epoch: number }) => Promise<unknown>;

/** One pass on a store, watched: it claims the run at `from`, works, and ends. */
async function pass(
  store: Store,
  runId: string,
  from: number,
  outcome: string,
  work: Work,
): Promise<SeenPass> {
  const clock: Pick<Ports["clock"], "now"> = { now: () => from };
  const watched = watchPass(store, runId, clock, false);
  const owner = `owner-${from}`;
  const { run } = await watched.store.write(runId, claim(owner, from));
  await work(watched.store, { runId, owner, epoch: run?.epoch ?? 0 });
  const seen = watched.ended(outcome);
  if (seen === undefined) throw new Error("The pass has nothing to tell.");
  return seen;
}

async function started(set: Partial<Run> = {}): Promise<{ store: Store; id: string }> {
  const store = memoryStore();
  const id = newId();
  await store.create(aRun({ id, createdAt: t, wakeAt: t, ...set }));
  return { store, id };
}

const counts = { activeMs: 5, attempts: 0 };
const waitsUntil =
  (wakeAt: number, lastNumber: number): Work =>
  (store, lease) =>
    store.write(
      lease.runId,
      suspend(lease, wakeAt - 1_000, 0, {
        ...counts,
        wakeAt,
        waitingFor: { kind: "timer", count: 1 },
        lastNumber,
      }),
    );

describe("the line that ends a pass", () => {
  test("says that a run has begun, how long it was queued, and how long its tries took", async () => {
    const { store, id } = await started();
    const entries = journal(
      tried("/a#0", 1),
      done("/a#0", 1, { tries: 1 }),
      done("/b#0", 1, { sort: "wait" }),
    );
    const seen = await pass(store, id, t + 2_500, "suspended", async (own, lease) => {
      for (const entry of entries) await own.append(lease, entry);
      await waitsUntil(t + 10_000, 3)(own, lease);
    });
    const line = passMetrics(settings, tasks)(seen);
    expect(metricsIn(line)).toEqual({
      RunsStarted: 1,
      QueuedSeconds: 2.5,
      TrySeconds: [0.001, 0.002],
      FailedTries: 1,
    });
    expect(line).toMatchObject({
      Project: "Orders",
      _aws: { CloudWatchMetrics: [{ Namespace: "Holdfast/Shop", Dimensions: [["Project"]] }] },
    });
  });

  test("says how late a run was taken up again, and how it ended", async () => {
    const { store, id } = await started();
    await pass(store, id, t, "suspended", waitsUntil(t + 10_000, 0));
    const seen = await pass(store, id, t + 12_000, "finished", (own, lease) =>
      own.write(id, finish(lease, "failed", t + 13_000, { ...counts, lastNumber: 0 }, false)),
    );
    expect(metricsIn(passMetrics(settings, tasks)(seen))).toEqual({
      WakeLateSeconds: 2,
      RunsFailed: 1,
      RunSeconds: 13,
    });
  });

  test("counts what a pass has done that died, once", async () => {
    const { store, id } = await started();
    const [first, second] = journal(done("/a#0"), done("/b#0", 1, { epoch: 2 }));
    if (first === undefined || second === undefined) throw new Error("two entries");
    const dies = { runId: id, owner: "dies", epoch: 1 };
    await store.write(id, claim(dies.owner, t + 500));
    await store.append(dies, first);
    await (store as ReturnType<typeof memoryStore>).releaseOwner(dies.owner, t + 900);
    const seen = await pass(store, id, t + 1_000, "suspended", async (own, lease) => {
      await own.journal(id, 0);
      await own.append(lease, second);
      await waitsUntil(t + 10_000, 2)(own, lease);
    });
    expect(metricsIn(passMetrics(settings, tasks)(seen))).toMatchObject({
      RunsStarted: 1,
      QueuedSeconds: 0.5,
      TrySeconds: [0.001, 0.002],
    });
    const next = await pass(store, id, t + 10_000, "finished", async (own, lease) => {
      await own.journal(id, 0);
      await own.write(id, finish(lease, "completed", t + 10_000, { ...counts, lastNumber: 2 }, false));
    });
    expect(metricsIn(passMetrics(settings, tasks)(next))).toEqual({
      WakeLateSeconds: 0,
      RunsCompleted: 1,
      RunSeconds: 10,
    });
  });

  test("that was superseded, or found nothing to do, has no metrics", async () => {
    const { store, id } = await started();
    const watched = watchPass(store, id, { now: () => t }, false);
    await watched.store.write(id, claim("somebody", t));
    expect(watched.ended("superseded")).toBeUndefined();
    expect(watchPass(store, id, { now: () => t }, false).ended("unknown")).toBeUndefined();
  });
});

describe("dimensions", () => {
  const line = async (task: string, all: readonly string[], perTask: boolean) => {
    const { store, id } = await started({ task });
    const seen = await pass(store, id, t, "suspended", waitsUntil(t + 10_000, 0));
    return passMetrics({ ...settings, perTask }, all)(seen) as Line;
  };

  test("are the project, and the task where that is asked for; a run's id is none", async () => {
    const { Task, _aws } = await line("order", tasks, true);
    expect(Task).toBe("order");
    expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([["Project"], ["Project", "Task"]]);
  });

  test("are bounded: of many tasks the first fifty by id have metrics of their own, the others share one", async () => {
    const many = Array.from({ length: 80 }, (_, i) => `task-${String(i).padStart(2, "0")}`).reverse();
    const values = await Promise.all(many.map(async (task) => (await line(task, many, true)).Task));
    expect(new Set(values).size).toBe(mostTasks + 1);
    expect(values.filter((task) => task === "other")).toHaveLength(many.length - mostTasks);
    expect(values).toContain("task-00");
  });

  test("and no more values of a metric than CloudWatch takes in a line", async () => {
    const { store, id } = await started();
    const seen = await pass(store, id, t, "suspended", async (own, lease) => {
      const entries = journal(...Array.from({ length: 300 }, (_, i) => done(`/a#${i}`)));
      for (const entry of entries) await own.append(lease, entry);
      await waitsUntil(t + 10_000, 300)(own, lease);
    });
    expect((passMetrics(settings, tasks)(seen) as Line).TrySeconds).toHaveLength(100);
  });
});
