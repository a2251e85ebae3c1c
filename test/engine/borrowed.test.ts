/** Decision 0012: connections that a run holds where it ends for now, between two attempts or over a wait, go back to their pools. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

/** A pool, and what it was asked for. `own`: its connections have a `release` of their own. */
function poolOf(own: boolean) {
  const log: string[] = [];
  const out = new Set<number>();
  const back = (n: number): void => {
    if (!out.delete(n)) throw new Error(`connection ${n} is not out`);
    log.push(`back ${n}`);
  };
  const take = async () => {
    const n = log.filter((line) => line.startsWith("out")).length + 1;
    log.push(`out ${n}`);
    out.add(n);
    const connection = {
      n,
      socket: new AbortController(),
      ask: async (what: string) => void log.push(`${what} ${n}`),
      end: async () => void log.push(`ended ${n}`),
    };
    return own ? Object.assign(connection, { release: () => back(n) }) : connection;
  };
  return {
    log,
    out,
    pool: {
      connect: take,
      acquire: take,
      release: async ({ n }: { n: number }) => back(n),
      drain: async () => {},
    },
  };
}

test.each([
  [true, "connect", "client.release()"],
  [false, "acquire", "await lib.pool.release(client)"],
])(
  "a connection held over a wait is given back at the end of the pass (own release: %s), and the next pass takes another",
  async (own, take, back) => {
    const { log, out, pool } = poolOf(own);
    const { run } = bench(
      `task({ id: "t", run: async () => {
      const client = await lib.pool.${take}();
      try { await client.ask("before"); await wait.for({ hours: 1 }); await client.ask("behind"); } finally { ${back}; }
    } });`,
      { pool },
    );
    expect((await run("t")).status).toBe("COMPLETED");
    expect(log).toEqual(["out 1", "before 1", "back 1", "out 2", "behind 2", "back 2"]);
    expect(out.size).toBe(0);
  },
);

test("a pass that leaves the rest to the next one gives its connection back", async () => {
  const { log, out, pool } = poolOf(true);
  const { run, world } = bench(
    `task({ id: "t", run: async () => {
      const client = await lib.pool.connect();
      await lib.rest();
      await client.ask("behind");
      client.release();
    } });`,
    { pool, rest: () => new Promise<void>((done) => void world.clock.after(50, done)) },
    { leaveAfterMs: 10 },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(log).toEqual(["out 1", "back 1", "out 2", "behind 2", "back 2"]);
  expect(out.size).toBe(0);
});

test("a connection that its pool alone takes back is given back between two attempts", async () => {
  const { log, out, pool } = poolOf(false);
  let failures = 0;
  const check = (): void => {
    if (failures++ < 2) throw new Error("bad answer");
  };
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 10 }, run: async () => {
      const client = await lib.pool.acquire();
      try { await client.ask("hello"); lib.check(); } finally { await lib.pool.release(client); }
    } });`,
    { pool, check },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(log).toEqual(["out 1", "hello 1", "back 1", "out 2", "back 2", "out 3", "back 3"]);
  expect(out.size).toBe(0);
});

test("what a lock gives stays held over a wait, whatever its `acquire` and `release` are called on", async () => {
  const log: string[] = [];
  const locks = {
    acquire: async (name: string) => ({
      name,
      end: async () => {},
      socket: new AbortController(),
      take: log.push(`held ${name}`),
    }),
    release: async ({ name }: { name: string }) => void log.push(`free ${name}`),
  };
  const { run } = bench(
    `task({ id: "t", run: async () => {
      const lock = await lib.locks.acquire("a");
      await wait.for({ hours: 1 });
      await lib.locks.release(lock);
    } });`,
    { locks },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(log.filter((line) => line.startsWith("free"))).toEqual(["free a"]);
});
