/** An attempt that another one follows tidies nothing up and undoes nothing: what it has done is kept for the next. */
import { expect, test } from "vitest";
import { cancelRun } from "../../engine/start.ts";
import { bench, everyCrash } from "./tasks.ts";

const policy = "retry: { maxAttempts: 3, minTimeoutInMs: 1000, factor: 1, randomize: false }";

/** An outside world with a place to work in, a charge, and an answer that is bad for a while. */
function outside(bad: number) {
  const calls: string[] = [];
  let isThere = false;
  const lib = {
    make: async () => {
      calls.push("make");
      isThere = true;
      return "place";
    },
    remove: async () => {
      calls.push("remove");
      isThere = false;
    },
    charge: async () => void calls.push("charge"),
    refund: async () => void calls.push("refund"),
    ask: async () => {
      if (!isThere) throw Object.assign(new Error("gone"), { status: 400 });
      calls.push("ask");
      return { ok: calls.filter((call) => call === "ask").length > bad };
    },
  };
  return { calls, lib };
}

const use = `const answer = await lib.ask(); if (!answer.ok) throw new Error("bad answer");`;

/** Ways in which an error reaches a \`finally\` and, for certain, leaves \`run\`. */
const shapes: Record<string, string> = {
  "in run itself": `run: async () => { await lib.make(); try { ${use} return "done"; } finally { await lib.remove(); } }`,
  "in a helper that is awaited": `run: async () => { const work = async () => { await lib.make(); try { ${use} } finally { await lib.remove(); } }; await work(); return "done"; }`,
  "in a helper that is returned": `run: async () => { const work = async () => { await lib.make(); try { ${use} return "done"; } finally { await lib.remove(); } }; return work(); }`,
  "thrown in a helper, under a finally of run": `run: async () => { const work = async () => { ${use} }; await lib.make(); try { await work(); return "done"; } finally { await lib.remove(); } }`,
  "in an element of Promise.all": `run: async () => { const work = async () => { await lib.make(); try { ${use} } finally { await lib.remove(); } }; await Promise.all([work(), 1]); return "done"; }`,
  "in a callback of map within Promise.all": `run: async () => { await Promise.all([1].map(async () => { await lib.make(); try { ${use} } finally { await lib.remove(); } })); return "done"; }`,
  "with a catch that lets it pass": `run: async () => { await lib.make(); try { ${use} return "done"; } catch (error) { if ((error as Error).message === "other") return "caught"; throw error; } finally { await lib.remove(); } }`,
  "in two of them": `run: async () => { try { await lib.make(); try { ${use} return "done"; } finally { await lib.remove(); } } finally { lib.refund; } }`,
};

test.each(Object.entries(shapes))("a `finally` runs once, after the last attempt: %s", async (_, shape) => {
  const { calls, lib } = outside(2);
  const { run, output } = bench(`task({ id: "t", ${policy}, ${shape} });`, lib);
  const ended = await run("t");
  expect(await output(ended)).toBe("done");
  expect(calls).toEqual(["make", "ask", "ask", "ask", "remove"]);
});

test("when the attempts are used up, the `finally` runs and the run fails with the error that was thrown", async () => {
  const { calls, lib } = outside(9);
  const { run, world } = bench(`task({ id: "t", ${policy}, ${shapes["in run itself"]} });`, lib);
  const ended = await run("t");
  expect(ended).toMatchObject({ status: "FAILED", error: { message: "bad answer" } });
  expect(calls).toEqual(["make", "ask", "ask", "ask", "remove"]);
  expect((await world.records(ended.id)).filter(({ kind }) => kind === "attempt")).toHaveLength(2);
});

const compensating = `run: async () => { await lib.make(); await lib.charge(); try { ${use} return "done"; } catch (error) { await lib.refund(); throw error; } }`;

test("a `catch` that undoes something and throws the error on runs after the last attempt only", async () => {
  const good = outside(2);
  const first = bench(`task({ id: "t", ${policy}, ${compensating} });`, good.lib);
  expect(await first.output(await first.run("t"))).toBe("done");
  expect(good.calls).toEqual(["make", "charge", "ask", "ask", "ask"]);
  const bad = outside(9);
  const second = bench(`task({ id: "t", ${policy}, ${compensating} });`, bad.lib);
  expect((await second.run("t")).status).toBe("FAILED");
  expect(bad.calls).toEqual(["make", "charge", "ask", "ask", "ask", "refund"]);
});

const caught: Record<string, string> = {
  "by run": `try { await work(); } catch { return "caught"; }`,
  "by allSettled": `await Promise.allSettled([work()]); return "caught";`,
  "by catch() of a promise": `return work().catch(() => "caught");`,
  "by a return in an outer finally": `try { await work(); } finally { return "caught"; }`,
  later: `const going = work(); try { await going; } catch { return "caught"; }`,
};

test.each(Object.entries(caught))(
  "where the error is caught on its way, a `finally` runs at once: %s",
  async (_, rest) => {
    const { calls, lib } = outside(9);
    const { run, output } = bench(
      `task({ id: "t", ${policy}, run: async () => { const work = async () => { await lib.make(); try { ${use} } finally { await lib.remove(); } }; ${rest} } });`,
      lib,
    );
    expect(await output(await run("t"))).toBe("caught");
    expect(calls).toEqual(["make", "ask", "remove"]);
  },
);

test("an error after which there is no other attempt runs the `finally` at once", async () => {
  const { calls, lib } = outside(0);
  const { run } = bench(
    `task({ id: "t", ${policy}, run: async () => { await lib.make(); try { throw new AbortTaskRunError("no"); } finally { await lib.remove(); } } });`,
    lib,
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { message: "no" } });
  expect(calls).toEqual(["make", "remove"]);
});

test("a cancel between two attempts still tidies up", async () => {
  const { calls, lib } = outside(9);
  const slow = policy.replace("1000", "60000");
  const { world, id } = bench(`task({ id: "t", ${slow}, ${shapes["in run itself"]} });`, lib);
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.records(runId)).some(({ kind }) => kind === "attempt"));
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(calls).toEqual(["make", "ask", "remove"]);
});

test.each(["in run itself", "in a callback of map within Promise.all"])(
  "a crash at any store call changes nothing of that: %s",
  async (shape) => {
    const counted = () => {
      let asked = 0;
      let removedAt = 0;
      return {
        make: async () => "place",
        remove: async () => {
          removedAt = asked;
        },
        ask: async () => {
          if (removedAt > 0) throw Object.assign(new Error("gone"), { status: 400 });
          return { ok: ++asked > 2 };
        },
      };
    };
    const { runs, bad } = await everyCrash(
      `task({ id: "t", ${policy}, ${shapes[shape]} });`,
      counted,
      "t",
      1,
      "done",
    );
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(8);
  },
);

test("outside of a run a `finally` and a `catch` are what they were", async () => {
  const { calls, lib } = outside(9);
  const { run, output } = bench(
    `const work = async () => { await lib.make(); try { ${use} } catch (error) { await lib.refund(); throw error; } finally { await lib.remove(); } };
     task({ id: "t", ${policy}, run: async () => step("all", { retry: { maxAttempts: 1 } }, async () => work()).catch((error: Error) => error.message) });`,
    lib,
  );
  expect(await output(await run("t"))).toBe("bad answer");
  expect(calls).toEqual(["make", "ask", "refund", "remove"]);
});

test.each([
  ["by its own release", "client.release();"],
  ["by its pool's", "lib.pool.release(client);"],
])(
  "a connection that the `finally` would give back is given back between two attempts, once: %s",
  async (_, back) => {
    const { lib } = outside(2);
    const log: string[] = [];
    let n = 0;
    const connect = async () => {
      const name = ++n;
      log.push(`out ${name}`);
      return { socket: new AbortController(), release: () => void log.push(`back ${name}`) };
    };
    const pool = { connect, release: (client: { release: () => void }) => client.release() };
    const { run, output } = bench(
      `task({ id: "t", ${policy}, run: async () => {
      await lib.make();
      const first = await lib.pool.connect(); first.release();
      const client = await lib.pool.connect();
      try { ${use} return "done"; } finally { ${back} }
    } });`,
      { ...lib, pool },
    );
    expect(await output(await run("t"))).toBe("done");
    expect(log).toHaveLength(new Set(log).size);
    const out = log.filter((line) => line.startsWith("out")).length;
    expect(log.filter((line) => line.startsWith("back"))).toHaveLength(out);
    expect(out).toBe(6);
  },
);
