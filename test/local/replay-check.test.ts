/** A finished run is replayed on the engine itself, in memory, without a call; what is not as it was is told, and nothing else. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fromText } from "../../engine/record.ts";
import type { Run } from "../../engine/run.ts";
import { realClock } from "../../local/clock.ts";
import { replayDesk } from "../../local/replay-check/desk.ts";
import type { Verdict } from "../../local/replay-check/difference.ts";
import { mayBeChecked } from "../../local/replay-check/finished-run.ts";
import { checked } from "../../local/replay-check/replay.ts";
import { runPass } from "../../sdk/host.ts";
import { bench } from "../engine/tasks.ts";
import type { World } from "../engine/world.ts";
import { makeFolder } from "../world/place.ts";

/** Every call that is given a function is one of these; the test's code has no manifest to ask. */
const names = (): string => "items.map";
const timers = (): string => "setInterval";

/** Replays a finished run of a world. */
async function replay(
  world: World,
  run: Run,
  nameOf: (id: string) => string | undefined = names,
): Promise<Verdict> {
  const { entries } = await world.store.journal(run.id, 0);
  return checked(
    { run, entries },
    {
      pass: (ports, runId) =>
        runPass(ports, { runId, owner: "replay", print: () => {}, signal: AbortSignal.abort() }),
      spill: world.spill,
      names: nameOf,
      isAway: () => false,
      restMs: 100,
    },
  );
}

/** An outside world that counts, and forgets nothing. */
function outside(world: () => World) {
  const calls: unknown[] = [];
  const later = (): Promise<void> => new Promise((resolve) => void world().clock.after(3, resolve));
  const lib = {
    get: async (n: unknown) => {
      calls.push(n);
      await later();
      return n;
    },
    flaky: async () => {
      calls.push("flaky");
      if (calls.filter((call) => call === "flaky").length < 3) throw new Error("down");
      return "up";
    },
    connect: async () => {
      calls.push("connect");
      return { close: () => {}, socket: new AbortController(), ask: async () => "answer" };
    },
    sync: (n: number) => n + 1,
    twice: (n: number) => n * 2,
    memo: (fn: (n: number) => unknown) => {
      const known = new Map<number, unknown>();
      return (n: number) => known.get(n) ?? known.set(n, fn(n)).get(n);
    },
    state: { n: 0 },
  };
  return { calls, lib };
}

const task = (body: string, more = ""): string =>
  `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 1, randomize: false }, ${more} run: async (_: unknown, { ctx, signal }: any) => { ${body} } }); task({ id: "child", run: async (n: number) => lib.get(n) });`;

/** Runs a body, replays it twice as \`holdfast dev\` does, and gives the first verdict that says anything. */
async function verdictOn(body: string, more = "", nameOf = names) {
  const out = outside(() => made.world);
  const made = bench(task(body, more), out.lib);
  const run = await made.run("t");
  const before = [...out.calls];
  const first = await replay(made.world, run, nameOf);
  const verdict = first.kind === "same" ? await replay(made.world, run, nameOf) : first;
  expect(out.calls, "nothing is called in a replay").toEqual(before);
  expect(await made.world.store.read(run.id), "the run stays as it is").toEqual(run);
  return { verdict, run, world: made.world };
}

test.each([
  [
    "clocks, chance and ids",
    `return [Date.now(), Math.random(), crypto.randomUUID(), await lib.get(new Date())];`,
  ],
  [
    "parallel branches",
    `return Promise.all([3, 1, 2].map(async (n) => (await lib.get(n)) + (await lib.get(Math.random()))));`,
  ],
  ["a race, its loser and a wait that is left", `return Promise.race([lib.get(1), wait.for({ hours: 1 })]);`],
  [
    "tries and attempts",
    `const up = await lib.flaky(); if (ctx.attempt.number < 2) throw new Error("again"); return [up, ctx.attempt.number, await lib.get(1)];`,
  ],
  [
    "awaited calls that give no promise, or one of the run's own",
    `const of = lib.memo((n: number) => lib.get(n)); return [await lib.sync(1), await lib.twice(3), await of(2), await of(2)];`,
  ],
  [
    "an error in the output, whose stack says how the process came there",
    `const error = new Error("no"); error.stack = "Error: no at " + lib.state.n++; return [error, await lib.get(1)];`,
  ],
  ["a run that fails", `await lib.get(1); throw new TypeError("no");`],
  [
    "waits and children",
    `await wait.for({ days: 1 }); return wait ? (await tasks.triggerAndWait("child", 1).catch(() => 0)) : 0;`,
  ],
  [
    "hooks at the end",
    `return lib.get(1);`,
    `onSuccess: async () => { await lib.get("success"); }, onComplete: async () => { await lib.get("complete"); },`,
  ],
])("the same is told of nothing: %s", async (title, body, more = "") => {
  const { verdict } = await verdictOn(body, more);
  expect(verdict, title).toEqual({ kind: "same" });
});

test("what a timer has done by itself is not told", async () => {
  const body = `const timer = setInterval(() => void lib.get("beat"), 1); await lib.get(1); await lib.get(2); clearInterval(timer); return lib.sync(1);`;
  expect((await verdictOn(body, "", timers)).verdict).toEqual({ kind: "same" });
});

test("a replay stops before the first live call, makes none, and says where", async () => {
  const { verdict } = await verdictOn(
    `await lib.get(1); const c = await lib.connect(); await c.ask(); return lib.get(lib.state.n++);`,
  );
  expect(verdict).toEqual({
    kind: "stopped",
    place: { name: "lib.connect", at: "tasks/program.ts:3" },
    because: "it gives a live value, which each process makes for itself",
  });
});

test.each([
  ["missing record", `if (lib.state.n++ === 0) return 0; return lib.get(1);`, "lib.get"],
  ["unasked record", `if (lib.state.n++ === 0) await lib.get(1); return 0;`, "lib.get"],
  ["other inputs", `return [await lib.get(String(lib.state.n++))].length;`, "lib.get"],
  ["other end", `await lib.get(1); return lib.state.n++;`, undefined],
  ["other end", `await lib.get(1); if (lib.state.n++ > 0) throw new Error("now"); return 0;`, undefined],
])("what was read beside the awaits and has changed is told: %s in %s", async (what, body, name) => {
  const { verdict } = await verdictOn(body);
  expect(verdict).toMatchObject({ kind: "differs", difference: { what, ...(name && { place: { name } }) } });
});

test("where a branch was left for another, both are named", async () => {
  const { verdict } = await verdictOn(`return lib.state.n++ === 0 ? await lib.get("a") : await lib.flaky();`);
  expect(verdict).toMatchObject({
    difference: { what: "missing record", place: { name: "lib.flaky" }, instead: { name: "lib.get" } },
  });
});

test("runs of other code, of other machines and those that never began are not replayed", async () => {
  const { run, world } = await verdictOn("return 1;");
  expect(mayBeChecked(run, "v1")).toBe(true);
  expect(mayBeChecked(run, "v2")).toBe(false);
  expect(mayBeChecked({ ...run, machine: "large-1x" }, "v1")).toBe(false);
  expect(mayBeChecked({ ...run, status: "EXPIRED" }, "v1")).toBe(false);
  const pass = { kind: "pass", codeVersion: "v0", t: 1, by: "x", epoch: 0 };
  const entries = [{ number: 1, epoch: 0, data: JSON.stringify(pass) }];
  expect(fromText(entries[0]?.data ?? "").kind).toBe("pass");
  const verdict = await checked(
    { run, entries },
    {
      pass: () => Promise.reject(new Error("no pass is made")),
      spill: world.spill,
      names,
      isAway: () => false,
    },
  );
  expect(verdict.kind).toBe("unchecked");
});

test("what is told to stop sets no more timers: they would keep the process that stops", async () => {
  const set = new Set<() => void>();
  const clock = {
    ...realClock(),
    after: (_: number, act: () => void) => {
      set.add(act);
      return () => void set.delete(act);
    },
  };
  const data = await makeFolder("desk");
  onTestFinished(() => data.remove());
  await mkdir(join(data.path, "bundles"));
  const deps = { dataFolder: data.path, clock, env: process.env, codeVersion: () => "1", tell: () => {} };
  const desk = replayDesk(deps);
  desk.finished("run_1");
  const [begin] = set;
  set.clear();
  // The process is started, and is told to end in the middle of its first replay.
  begin?.();
  desk.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(set.size).toBe(0);
  desk.finished("run_2");
  expect(set.size).toBe(0);
});
