/** Design §4, Retry: tries, attempts, and when a recorded await is asked for again. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

const policy = "retry: { maxAttempts: 3, minTimeoutInMs: 1000, factor: 2, randomize: false }";

function flaky(failures: number) {
  const calls: string[] = [];
  const keys: string[] = [];
  return {
    calls,
    keys,
    lib: {
      ok: async (name: string) => void calls.push(name),
      flaky: async (key?: string) => {
        calls.push("flaky");
        if (key !== undefined) keys.push(key);
        if (calls.filter((call) => call === "flaky").length <= failures) throw new Error("flaky");
        return "done";
      },
      status: async (status: number) => {
        calls.push("status");
        throw Object.assign(new Error(`status ${status}`), { status });
      },
    },
  };
}

test("an await that fails is tried again by itself, and the author's code sees nothing of it", async () => {
  const { calls, lib } = flaky(2);
  const { run, output, world } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.ok("before"); try { return await lib.flaky(); } catch { await lib.ok("caught"); } } });`,
    lib,
  );
  const ended = await run("t");
  expect(await output(ended)).toBe("done");
  expect(calls).toEqual(["before", "flaky", "flaky", "flaky"]);
  expect((await world.records(ended.id)).map((record) => record.kind)).toContain("try");
});

test("after its last try an await's error reaches the author's code once", async () => {
  const { calls, lib } = flaky(99);
  const { run, output } = bench(
    `task({ id: "t", ${policy}, run: async () => { try { await lib.flaky(); } catch (error) { await lib.ok("caught"); return (error as Error).message; } } });`,
    lib,
  );
  expect(await output(await run("t"))).toBe("flaky");
  expect(calls).toEqual(["flaky", "flaky", "flaky", "caught"]);
});

test("the error of an await whose tries are used up ends the run when it leaves run", async () => {
  const { calls, lib } = flaky(99);
  const { run } = bench(`task({ id: "t", ${policy}, run: async () => { await lib.flaky(); } });`, lib);
  const ended = await run("t");
  expect(ended).toMatchObject({ status: "FAILED", error: { message: "flaky" }, attempts: 0 });
  expect(calls).toHaveLength(3);
});

test("every try of an await has the same idempotency key", async () => {
  const { keys, lib } = flaky(2);
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.flaky(idempotencyKey()); } });`,
    lib,
  );
  await run("t");
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test("an HTTP status 4xx is not tried again, 429 is", async () => {
  const first = flaky(0);
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.status(404); } });`,
    first.lib,
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(first.calls).toHaveLength(1);
  const second = flaky(0);
  const again = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.status(429); } });`,
    second.lib,
  );
  await again.run("t");
  expect(second.calls).toHaveLength(3);
});

test("AbortTaskRunError ends the run without another attempt", async () => {
  const { calls, lib } = flaky(0);
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.ok("a"); throw new AbortTaskRunError("enough"); } });`,
    lib,
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", attempts: 0, error: { message: "enough" } });
  expect(calls).toEqual(["a"]);
});

test("when run itself rejects, the next attempt enters it again and repeats no recorded await", async () => {
  const { calls, lib } = flaky(0);
  const { run, output } = bench(
    `task({ id: "t", ${policy}, run: async (_: unknown, { ctx }) => { await lib.ok("a"); if (ctx.attempt.number < 3) throw new Error("not yet"); return ctx.attempt.number; } });`,
    lib,
  );
  const ended = await run("t");
  expect(await output(ended)).toBe(3);
  expect(calls).toEqual(["a"]);
});

test("attempts are bounded by maxAttempts, and leave a dead letter with the last good checkpoint", async () => {
  const { calls, lib } = flaky(0);
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.ok("a"); throw new Error("bug"); } });`,
    lib,
  );
  const ended = await run("t");
  expect(ended).toMatchObject({ status: "FAILED", error: { message: "bug" }, lastGood: { name: "lib.ok" } });
  expect(calls).toEqual(["a"]);
});

test("a throw guarded by a result that looks like a failure makes that await again, with a new idempotency key", async () => {
  let calls = 0;
  const keys: string[] = [];
  const lib = {
    get: async (key: string) => {
      keys.push(key);
      return { ok: ++calls >= 3, status: calls >= 3 ? 200 : 503 };
    },
  };
  const { run, output } = bench(
    `task({ id: "t", ${policy}, run: async () => { const res = await lib.get(idempotencyKey()); if (!res.ok) throw new Error("bad " + res.status); return res.status; } });`,
    lib,
  );
  expect(await output(await run("t"))).toBe(200);
  expect(new Set(keys).size).toBe(3);
});

test("a throw guarded by a result that looks like success never asks for it again", async () => {
  let calls = 0;
  const lib = { charge: async () => ({ id: ++calls, amount: 7 }) };
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { const charge = await lib.charge(); if (charge.amount > 5) throw new Error("too much"); } });`,
    lib,
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toBe(1);
});

test("a failure-like result is not asked for again once the code has moved on", async () => {
  const calls: string[] = [];
  const lib = {
    get: async () => (calls.push("get"), { ok: false }),
    other: async () => void calls.push("other"),
  };
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { const res = await lib.get(); await lib.other(); if (!res.ok) throw new Error("late"); } });`,
    lib,
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toEqual(["get", "other"]);
});

test("retry.redo: never keeps every record", async () => {
  let calls = 0;
  const lib = { get: async () => ({ ok: ++calls > 9 }) };
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 1, redo: "never" }, run: async () => { const res = await lib.get(); if (!res.ok) throw new Error("bad"); } });`,
    lib,
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toBe(1);
});

test("step has a policy of its own: tries, time-out and check", async () => {
  let calls = 0;
  const lib = { poll: async () => ++calls };
  const { run, output } = bench(
    `task({ id: "t", ${policy}, run: async () => step("poll", { retry: { maxAttempts: 6, minTimeoutInMs: 100 }, check: (n: number) => n >= 5 }, () => lib.poll()) });`,
    lib,
  );
  expect(await output(await run("t"))).toBe(5);
  const hang = { never: () => new Promise(() => {}) };
  const second = bench(
    `task({ id: "t", run: async () => step("hang", { retry: { maxAttempts: 2, minTimeoutInMs: 1 }, timeout: "5s" }, () => lib.never()) });`,
    hang,
  );
  expect((await second.run("t")).error?.message).toContain("HF312");
});

test("siblings in Promise.all go on while one of them is tried again", async () => {
  const { calls, lib } = flaky(1);
  const { run, output } = bench(
    `task({ id: "t", ${policy}, run: async () => Promise.all([lib.flaky(), lib.ok("b"), (async () => { await lib.ok("c"); await lib.ok("d"); })()]) });`,
    lib,
  );
  await output(await run("t"));
  expect(calls).toEqual(["flaky", "b", "c", "d", "flaky"]);
});

test("a task that throws what is no error fails with a readable one", async () => {
  for (const thrown of ["'text'", "null", "undefined", "42", "{ a: 1 }"]) {
    const { run } = bench(
      `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { throw ${thrown}; } });`,
    );
    const ended = await run("t");
    expect(ended.status).toBe("FAILED");
    expect(ended.error?.message.length).toBeGreaterThan(0);
  }
});

test("ffmpeg's death by the kernel counts as being out of memory, as Trigger.dev takes it: it is not tried again", async () => {
  let calls = 0;
  const { run } = bench(`task({ id: "t", ${policy}, run: async () => lib.convert() });`, {
    convert: async () => {
      calls++;
      throw new Error("ffmpeg was killed with signal SIGKILL");
    },
  });
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toBe(1);
});
