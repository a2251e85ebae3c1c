/** A fork begins with the log of another run up to a checkpoint, and is a run of its own behind it. */
import { expect, test } from "vitest";
import { forkPoint, forkRun } from "../../engine/forking.ts";
import type { Run } from "../../engine/run.ts";
import { type Bench, bench } from "./tasks.ts";
import type { WorldOptions } from "./world.ts";

const body = `
task({ id: "t", run: async (n: number) => {
  const first = crypto.randomUUID();
  const a = await lib.get("a" + n);
  const b = await lib.get("b" + first.length);
  const late = crypto.randomUUID();
  const c = await lib.get("c");
  const d = await tasks.triggerAndWait("child" + suffix, 1).unwrap();
  return [first, a, b, late, c, d];
} });
task({ id: "child", run: async () => lib.get("child") });`;

function made(options: WorldOptions = {}) {
  const calls: string[] = [];
  const lib = {
    get: async (what: string) => {
      calls.push(what);
      await new Promise<void>((resolve) => void there.world.clock.after(2, resolve));
      return what;
    },
  };
  const there: Bench = bench(
    body.replace('"child" + suffix', "lib.child"),
    {
      ...lib,
      get child() {
        return there.id("child");
      },
    },
    options,
  );
  return { calls, there };
}

/** Forks a run from the n-th checkpoint of its log, and lets the fork end. */
async function forked({ world }: Bench, run: Run, place: number): Promise<Run> {
  const { entries } = await world.store.journal(run.id, 0);
  const keys = entries.flatMap(({ data }) => {
    const record = JSON.parse(data) as { kind: string; key?: string };
    return record.kind === "result" ? [record.key ?? ""] : [];
  });
  const point = forkPoint(run.id, entries, keys[place] ?? "");
  const fork = await forkRun(world.ports, run, point, run.codeVersion);
  return world.finish(fork.id);
}

test("a fork repeats nothing of before its checkpoint, makes everything behind it anew, draws of its own, and has children of its own", async () => {
  const { calls, there } = made();
  const run = await there.run("t", 7);
  const before = (await there.output(run)) as unknown[];
  expect(calls).toEqual(["a7", "b36", "c", "child"]);
  calls.length = 0;
  const fork = await forked(there, run, 1);
  expect(fork).toMatchObject({ status: "COMPLETED", forkOf: { runId: run.id } });
  expect(calls).toEqual(["c", "child"]);
  const after = (await there.output(fork)) as unknown[];
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
  expect(after[3]).not.toBe(before[3]);
  expect(after.slice(4)).toEqual(before.slice(4));
  expect(await there.world.store.read(run.id)).toEqual(run);
});

test("a fork may begin at a name or place that one checkpoint alone has; several are told by their ids", async () => {
  const { calls, there } = made();
  const run = await there.run("t", 7);
  const { entries } = await there.world.store.journal(run.id, 0);
  const places = entries.flatMap(({ data }) => {
    const { kind, place } = JSON.parse(data) as { kind: string; place?: { name: string; at: string } };
    return kind === "result" && place !== undefined ? [place] : [];
  });
  const second = places[1];
  if (second === undefined) throw new Error("no second checkpoint");
  calls.length = 0;
  const point = forkPoint(run.id, entries, second.at);
  const fork = await forkRun(there.world.ports, run, point, run.codeVersion);
  expect((await there.world.finish(fork.id)).status).toBe("COMPLETED");
  expect(calls).toEqual(["c", "child"]);
  expect(() => forkPoint(run.id, entries, second.name)).toThrow(
    /HF322 Run \S+ has 3 checkpoints lib\.get: \S+, \S+, \S+\./,
  );
  expect(() => forkPoint(run.id, entries, "nonsense")).toThrow(
    /HF322 .* has no recorded checkpoint nonsense/,
  );
});

test("a fork that crashes at any write goes on as a fork, and a fork of a fork is one", async () => {
  for (let at = 1; at <= 30; at++) {
    let armed = false;
    let count = 0;
    const strike = (): "after" | undefined => (armed && ++count === at ? "after" : undefined);
    const { calls, there } = made({ strike });
    const run = await there.run("t", 7);
    calls.length = 0;
    armed = true;
    const fork = await forked(there, run, 1);
    expect([at, fork.status]).toEqual([at, "COMPLETED"]);
    expect(
      calls.filter((call) => call === "a7" || call === "b36"),
      `crash ${at}`,
    ).toEqual([]);
  }
  const { calls, there } = made();
  const run = await there.run("t", 7);
  const fork = await forked(there, run, 1);
  calls.length = 0;
  const second = await forked(there, fork, 2);
  expect([second.status, calls]).toEqual(["COMPLETED", ["child"]]);
});

test("a fork whose other run is gone before it begins fails, and says so", async () => {
  const { there } = made();
  const run = await there.run("t", 7);
  const { entries } = await there.world.store.journal(run.id, 0);
  const key = (JSON.parse(entries[0]?.data ?? "{}") as { key: string }).key;
  const fork = await forkRun(there.world.ports, run, { ...forkPoint(run.id, entries, key) }, run.codeVersion);
  there.world.store.contents().runs.get(run.id)?.journal.clear();
  expect(await there.world.finish(fork.id)).toMatchObject({ status: "FAILED", error: { code: "HF208" } });
  expect(() => forkPoint(run.id, entries, "/nothing#0")).toThrow("HF322");
});
