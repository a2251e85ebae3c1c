/** Hooks: when each is called, with what, and how often, whatever crashes. */
import { expect, test } from "vitest";
import { cancelRun, resumeRun } from "../../engine/start.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

/** Every hook notes its name in a call of its own. */
const hooks = `
  onStart: async ({ task }) => { await lib.note("onStart " + task.slice(0, 1)); },
  onStartAttempt: async ({ ctx }) => { await lib.note("onStartAttempt " + ctx.attempt.number); },
  onSuccess: async ({ output, payload }) => { await lib.note("onSuccess " + payload + output); },
  onFailure: async ({ error }) => { await lib.note("onFailure " + (error as Error).message); },
  onComplete: async ({ result }) => { await lib.note("onComplete " + (result.ok ? result.data : (result.error as Error).name)); },
  onCancel: async ({ ctx }) => { await lib.note("onCancel " + ctx.run.tags); },`;

function noting(calls: string[], more: Record<string, unknown> = {}) {
  return { note: async (name: string) => void calls.push(name), ...more };
}

test("around a run that succeeds: onStart, onStartAttempt, onSuccess, onComplete", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", ${hooks} run: async (n: number) => { await lib.note("run"); return n + 1; } });`,
    noting(calls),
  );
  expect((await run("t", 4)).status).toBe("COMPLETED");
  expect(calls).toEqual(["onStart t", "onStartAttempt 1", "run", "onSuccess 45", "onComplete 5"]);
});

test("onStart comes before the first attempt only, onFailure and onComplete behind the last", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, ${hooks} run: async (_: number, { ctx }) => { await lib.note("run " + ctx.attempt.number); throw new TypeError("no"); } });`,
    noting(calls),
  );
  expect(await run("t", 4)).toMatchObject({ status: "FAILED", error: { name: "TypeError", message: "no" } });
  // The call in run is recorded, so the second attempt does not make it again.
  expect(calls).toEqual([
    "onStart t",
    "onStartAttempt 1",
    "run 1",
    "onStartAttempt 2",
    "onFailure no",
    "onComplete TypeError",
  ]);
});

test("what onStart has made of the metadata is there in later attempts, and its effects are not made again", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 1 },
      onStart: async () => { metadata.set("by", await lib.note("start") ?? "onStart"); },
      run: async (_: number, { ctx }) => { metadata.append("tries", ctx.attempt.number); if (ctx.attempt.number < 3) throw new Error("again"); return metadata.current(); } });`,
    noting(calls),
  );
  expect(await output(await run("t", 4))).toEqual({ by: "onStart", tries: [1, 2, 3] });
  expect(calls).toEqual(["start"]);
});

test("an error of onStart or onStartAttempt fails the attempt", async () => {
  const calls: string[] = [];
  const lib = noting(calls);
  const { run } = bench(
    `task({ id: "start", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, onStart: async () => { throw new Error("not yet"); }, run: async (_: unknown, { ctx }) => { await lib.note("run " + ctx.attempt.number); } });
     task({ id: "attempt", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, onStartAttempt: async () => { throw new Error("never"); }, run: async () => { await lib.note("never"); } });`,
    lib,
  );
  expect((await run("start")).status).toBe("COMPLETED");
  expect(await run("attempt")).toMatchObject({ status: "FAILED", error: { message: "never" } });
  expect(calls).toEqual(["run 2"]);
});

test("an error of a hook at the end is logged, and changes nothing", async () => {
  const { run, output, world } = bench(
    `task({ id: "t", onSuccess: async () => { throw new Error("mail is down"); }, onComplete: () => { throw new Error("so is chat"); }, run: async () => 5 });
     task({ id: "f", retry: { maxAttempts: 1 }, onFailure: async () => { throw new Error("mail is down"); }, run: async () => { throw new Error("the first"); } });`,
  );
  expect(await output(await run("t"))).toBe(5);
  expect(await run("f")).toMatchObject({ status: "FAILED", error: { message: "the first" } });
  expect(
    world.printed.map(
      (line) => /^(\w+) failed.*Error: (.*)/s.exec(line)?.slice(1, 3).join(": ").split("\n")[0],
    ),
  ).toEqual(["onSuccess: mail is down", "onComplete: so is chat", "onFailure: mail is down"]);
});

test("a hook may wait: the run is put away, and ends afterwards as it had ended", async () => {
  const calls: string[] = [];
  const { run, output, world } = bench(
    `task({ id: "t", onSuccess: async () => { await wait.for({ days: 2 }); await lib.note("after"); }, run: async () => { await lib.note("run"); return "out"; } });`,
    noting(calls),
  );
  const begun = world.clock.now();
  expect(await output(await run("t"))).toBe("out");
  expect(world.clock.now() - begun).toBeGreaterThan(2 * 86_400_000 - 1);
  expect([calls, world.passes]).toEqual([["run", "after"], 2]);
});

test("an output that cannot be recorded is a failure that hooks are told of", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", onSuccess: async () => { await lib.note("success"); }, onFailure: async ({ error }) => { await lib.note((error as Error).message.slice(0, 5)); }, run: async () => ({ f: new WeakMap() }) });`,
    noting(calls),
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toEqual(["HF301"]);
});

test("a run that uses up its maxDuration is TIMED_OUT, and onFailure is told", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", maxDuration: 5, ${hooks} run: async () => { try { await lib.never(); } finally { await lib.note("finally"); } } });`,
    noting(calls, { never: () => new Promise(() => {}) }),
  );
  expect((await run("t", 1)).status).toBe("TIMED_OUT");
  expect(calls.slice(2)).toEqual([
    "finally",
    expect.stringMatching(/^onFailure .*maxDuration/),
    "onComplete RunCanceledError",
  ]);
});

test("onCancel comes when a canceled run has tidied up, and then onComplete", async () => {
  const calls: string[] = [];
  const { world, id } = bench(
    `task({ id: "t", ${hooks} run: async () => { try { await wait.for({ days: 9 }); } finally { await lib.note("finally"); } } });`,
    noting(calls),
  );
  const { id: runId } = await world.start(id("t"), undefined, { tags: ["x"] });
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(calls.slice(2)).toEqual(["finally", "onCancel x", "onComplete RunCanceledError"]);
});

test("onCancel may wait for the run, which is over, as Trigger.dev's files do", async () => {
  const noted: string[] = [];
  const { world, id } = bench(
    `task({ id: "t", onCancel: async ({ runPromise }) => {
      const left = await Promise.race([runPromise.catch(() => "gone"), new Promise((late) => setTimeout(late, 50))]);
      await lib.note(left);
      await runPromise.catch((error: Error) => lib.note(error.name));
    }, run: async () => { await wait.for({ days: 9 }); } });`,
    { note: async (text: string) => void noted.push(text) },
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(noted).toEqual(["gone", "RunCanceledError"]);
});

test("onCancel has 60 seconds, also where the run has used up its own", async () => {
  const calls: string[] = [];
  const { world, id } = bench(
    `task({ id: "t", onCancel: async () => { await lib.note("begun"); await wait.for({ minutes: 9 }); await lib.note("never"); }, run: async () => { try { await wait.for({ days: 9 }); } finally { await wait.for({ days: 9 }); } } });`,
    noting(calls),
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const asked = world.clock.now();
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(calls).toEqual(["begun"]);
  expect(world.clock.now() - asked).toBeLessThan(125_000);
  expect(world.clock.now() - asked).toBeGreaterThan(115_000);
});

test("a cancel that comes while the hooks are called cuts them short, and the run ends as it had ended", async () => {
  const calls: string[] = [];
  const { world, id, output } = bench(
    `task({ id: "t", onSuccess: async () => { await wait.for({ days: 9 }); await lib.note("never"); }, onCancel: async () => { await lib.note("never"); }, run: async () => 7 });`,
    noting(calls),
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  await cancelRun(world.ports, runId);
  const ended = await world.finish(runId);
  expect([ended.status, await output(ended), calls]).toEqual(["COMPLETED", 7, []]);
});

test("a run that is resumed and fails again calls its hooks again", async () => {
  const calls: string[] = [];
  const { run, world } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, onFailure: async () => { await lib.note("onFailure"); }, run: async () => { await lib.note("run"); throw new Error("no"); } });`,
    noting(calls),
  );
  const failed = await run("t");
  await resumeRun(world.ports, failed.id, "v1");
  expect((await world.finish(failed.id)).status).toBe("FAILED");
  expect(calls).toEqual(["run", "onFailure", "onFailure"]);
});

test("what hooks print is printed once, and library calls in them are checkpoints of their own", async () => {
  const calls: string[] = [];
  const each = async (list: number[], fn: (n: number) => Promise<void>) => {
    for (const n of list) await fn(n);
  };
  const { run, world } = bench(
    `task({ id: "t", onSuccess: async () => { console.log("one"); await lib.each([3], async (n) => { await lib.note("hook " + n); }); await wait.for({ days: 1 }); console.log("two"); },
       run: async () => { console.log("zero"); await lib.each([1, 2], async (n) => { await lib.note("run " + n); }); } });`,
    noting(calls, { each }),
  );
  await run("t");
  expect(world.printed).toEqual(["zero", "one", "two"]);
  expect(calls).toEqual(["run 1", "run 2", "hook 3"]);
});

test("an error keeps its class and its fields on the way to a hook", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, onFailure: async ({ error }) => { await lib.note([(error as Error).name, (error as { status: number }).status, error instanceof RangeError].join()); }, run: async () => { throw Object.assign(new RangeError("no"), { status: 418 }); } });`,
    noting(calls),
  );
  await run("t");
  expect(calls).toEqual(["RangeError,418,true"]);
});

/** Calls of each hook in one world, when every call takes a moment in which the process may die. */
async function crashes(run: string, payload: unknown, expected: unknown, more = "") {
  const made: { world: World; calls: string[] }[] = [];
  const { runs, bad } = await everyCrash(
    `task({ id: "t", ${more} ${hooks} run: async (n: number) => { ${run} } });`,
    (world) => {
      const calls: string[] = [];
      return {
        note: async (name: string) => {
          if (made.at(-1)?.calls !== calls) made.push({ world: world(), calls });
          calls.push(name);
        },
      };
    },
    "t",
    payload,
    expected,
  );
  return { runs, bad, calls: made.map((each) => each.calls) };
}

/** An interrupted call is made again; one that was recorded never. */
const once = (calls: readonly string[]): string[] => calls.filter((name, at) => name !== calls[at - 1]);

test("a crash at any store call calls each hook once, and in order", async () => {
  const { runs, bad, calls } = await crashes(`await lib.note("run"); return n + 1;`, 4, 5);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(8);
  for (const each of calls)
    expect(once(each)).toEqual(["onStart t", "onStartAttempt 1", "run", "onSuccess 45", "onComplete 5"]);
});

test("a crash at any store call of a run that fails calls each hook once, and in order", async () => {
  const retry = "retry: { maxAttempts: 2, minTimeoutInMs: 1 },";
  const { bad, calls } = await crashes(`throw new TypeError("no");`, 4, "FAILED no", retry);
  expect(bad).toEqual([]);
  for (const each of calls)
    expect(once(each)).toEqual([
      "onStart t",
      "onStartAttempt 1",
      "onStartAttempt 2",
      "onFailure no",
      "onComplete TypeError",
    ]);
});

test("a crash at any store call of a run that is canceled, or out of time, calls its hooks once", async () => {
  const source = `task({ id: "t", maxDuration: 5, ${hooks} run: async (how: string) => { try { if (how === "works") await lib.works(); else await wait.for({ days: 9 }); } finally { await lib.note("finally"); } } });`;
  const expected = {
    waits: ["CANCELED", "finally", "onCancel x", "onComplete RunCanceledError"],
    works: [
      "TIMED_OUT",
      "finally",
      expect.stringMatching(/^onFailure .*maxDuration/),
      "onComplete RunCanceledError",
    ],
  };
  for (const how of ["waits", "works"] as const) {
    let boundaries = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= boundaries; at++) {
      for (const strike of ["before", "after"] as const) {
        const calls: string[] = [];
        let count = 0;
        const options = { strike: () => (++count === at ? strike : undefined) };
        const { world, id } = bench(source, noting(calls, { works: () => new Promise(() => {}) }), options);
        const { id: runId } = await world.start(id("t"), how, { tags: ["x"] });
        if (how === "waits") {
          await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
          await cancelRun(world.ports, runId);
        }
        const { status } = await world.finish(runId);
        expect([at, strike, status, ...once(calls).slice(2)]).toEqual([at, strike, ...expected[how]]);
        boundaries = count;
      }
    }
    expect(boundaries).toBeGreaterThan(8);
  }
});
