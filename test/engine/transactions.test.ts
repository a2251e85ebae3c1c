/**
 * Design §5.5, transactions by hand: from BEGIN to COMMIT what is asked of one connection stands or falls together. Each
 * program is crashed just before and just after each of its store calls.
 */
import { describe, expect, test } from "vitest";
import { resumeRun } from "../../engine/start.ts";
import { bench } from "./tasks.ts";
import { type Connection, Database } from "./transacting-library.ts";
import type { World } from "./world.ts";

const task = (body: string, options = ""): string =>
  `export const t = task({ id: "t", ${options} run: async () => { ${body} } });`;

interface Ended {
  readonly id: string;
  readonly status: string;
  readonly value: unknown;
  readonly message: string | undefined;
  readonly database: Database;
  readonly world: World;
}

/** Runs a program, with a crash at that store call if one is given. */
async function ran(
  source: string,
  crash?: { at: number; strike: "before" | "after" },
): Promise<Ended & { calls: number }> {
  let calls = 0;
  let here: World | undefined;
  const database = new Database(() => here as World);
  const lib = {
    connect: async () => database.connect(),
    session: () => database.connect(),
    around: (client: Connection) => {
      const session = { client };
      return {
        session,
        execute: (sql: string) => session.client.query(sql),
        insert: (text: string) => ({ session, run: () => session.client.query(text) }),
      };
    },
    mail: async (text: string) => void database.asked.push(`mail ${text}`),
    fail: (sql: string, times = 1) => {
      if (database.asked.length === 0) for (let i = 0; i < times; i++) database.failing.push(sql);
    },
  };
  const strike = () => (++calls === crash?.at ? crash.strike : undefined);
  const made = bench(source, lib, { strike });
  here = made.world;
  const run = await made.run("t");
  const value = run.status === "COMPLETED" ? await made.output(run) : undefined;
  return {
    id: run.id,
    status: run.status,
    value,
    message: run.error?.message,
    database,
    world: made.world,
    calls,
  };
}

const count = (asked: readonly string[], what: string): number => asked.filter((sql) => sql === what).length;

const withRelease = (inside: string): string =>
  `const client = await lib.connect(); try { ${inside} } finally { client.release(); }`;

const programs: readonly (readonly [string, string])[] = [
  [
    "with statements",
    withRelease(
      `await client.query("BEGIN"); const { rows } = await client.query("a"); await client.query("b of " + rows[0].id); await client.query("COMMIT"); return rows[0].id;`,
    ),
  ],
  [
    "with methods",
    withRelease(
      `await client.beginTransaction(); const { rows } = await client.query("a"); await client.query("b of " + rows[0].id); await client.commit(); return rows[0].id;`,
    ),
  ],
  [
    "in helpers, with another effect inside",
    withRelease(
      `const insert = async (text: string) => (await client.query(text)).rows[0].id; await client.query("BEGIN"); const id = await insert("a"); await lib.mail("once"); await insert("b of " + id); await client.query("COMMIT"); return id;`,
    ),
  ],
  [
    "through something made around the connection",
    withRelease(
      `const orm = lib.around(client); await orm.execute("BEGIN"); const { rows } = await orm.insert("a").run(); await client.query("b of " + rows[0].id); await orm.execute("COMMIT"); return rows[0].id;`,
    ),
  ],
  [
    "with statements that are not awaited one by one",
    withRelease(
      `await client.query("BEGIN"); const { rows } = await client.query("a"); client.query("b of " + rows[0].id); await client.query("COMMIT"); return rows[0].id;`,
    ),
  ],
  [
    "begun on a session by a call that gives no promise, with another one behind it",
    `const session = lib.session(); session.startTransaction(); const { rows } = await session.query("a"); await session.query("b of " + rows[0].id); await session.commitTransaction(); session.startTransaction(); const more = await session.query("c"); await session.query("d of " + more.rows[0].id); await session.commitTransaction(); return rows[0].id;`,
  ],
];

/** Rows that name the id of another one: both are there, or neither. */
function halves(database: Database): string[] {
  const ids = new Set(database.committed.map(({ id }) => id));
  const named = database.committed.flatMap(({ text }) => / of (\d+)$/.exec(text)?.slice(1).map(Number) ?? []);
  const whole = new Set([
    ...named,
    ...database.committed.filter(({ text }) => / of /.test(text)).map(({ id }) => id),
  ]);
  return [
    ...named.filter((id) => !ids.has(id)).map((id) => `row ${id} is missing`),
    ...[...ids].filter((id) => !whole.has(id)).map((id) => `row ${id} is alone`),
  ];
}

function differences(plain: Ended, { status, value, message, database }: Ended): string[] {
  const bad = halves(database);
  if (status !== "COMPLETED") bad.push(`${status} ${message}`);
  if (!database.committed.some(({ id }) => id === value)) bad.push("what came out is not there");
  const more = database.committed.length - plain.database.committed.length;
  const commits = count(database.asked, "COMMIT") - count(plain.database.asked, "COMMIT");
  // A commit whose record was cut off is one that was interrupted.
  if (more > 2 * commits) bad.push(JSON.stringify(database.committed));
  if (count(database.asked, "mail once") > 2) bad.push("mail");
  return bad;
}

describe("a transaction by hand is whole or not there, wherever the process dies", () => {
  test.each(programs)("%s", async (_, body) => {
    const plain = await ran(task(body));
    expect(plain.status, plain.message).toBe("COMPLETED");
    expect(halves(plain.database)).toEqual([]);
    const bad: string[] = [];
    for (let at = 1; at <= plain.calls; at++)
      for (const strike of ["before", "after"] as const) {
        const found = differences(plain, await ran(task(body), { at, strike }));
        bad.push(...found.map((what) => `${strike} ${at}: ${what}`));
      }
    expect(bad).toEqual([]);
  });

  test("what was recorded on other connections inside is not made again", async () => {
    const [, body = ""] = programs[2] ?? [];
    let doubles = 0;
    for (let at = 1; at <= 20; at++) {
      const { database } = await ran(task(body), { at, strike: "after" });
      if (count(database.asked, "mail once") > 1) doubles++;
    }
    expect(doubles, "only where its own record was cut off").toBeLessThanOrEqual(1);
  });
});

test("a committed transaction is not made again by what comes behind it", async () => {
  const body = `${withRelease(`await client.query("BEGIN"); await client.query("a"); await client.query("COMMIT");`).replace("finally { client.release(); }", "finally { client.release(); await wait.for({ hours: 1 }); }")} return 1;`;
  const { status, database } = await ran(task(body));
  expect(status).toBe("COMPLETED");
  expect(database.asked).toEqual(["BEGIN", "a", "COMMIT"]);
});

test("a statement that fails is not tried by itself: the next attempt makes the whole transaction again", async () => {
  const body = withRelease(
    `lib.fail("b"); try { await client.query("BEGIN"); await client.query("a"); await client.query("b"); await client.query("COMMIT"); } catch (error) { await client.query("ROLLBACK"); throw error; } return 1;`,
  );
  const { status, database } = await ran(task(body));
  expect(status).toBe("COMPLETED");
  expect(database.asked).toEqual(["BEGIN", "a", "b", "ROLLBACK", "BEGIN", "a", "b", "COMMIT"]);
  expect(database.committed.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("a run whose transaction fails in every attempt is resumed with a whole one", async () => {
  const body = withRelease(
    `lib.fail("b", 2); try { await client.query("BEGIN"); await client.query("a"); await client.query("b"); await client.query("COMMIT"); } catch (error) { await client.query("ROLLBACK"); throw error; } return 1;`,
  );
  const { id, status, message, database, world } = await ran(task(body, `retry: { maxAttempts: 2 },`));
  expect([status, message]).toEqual(["FAILED", "b failed"]);
  expect(database.committed).toEqual([]);
  await resumeRun(world.ports, id, "v1");
  expect((await world.finish(id)).status).toBe("COMPLETED");
  expect(database.asked.slice(-4)).toEqual(["BEGIN", "a", "b", "COMMIT"]);
  expect(database.committed.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("an error that the author catches and rolls back for is final, also when the process dies later", async () => {
  const body = withRelease(
    `lib.fail("b"); let said = ""; try { await client.query("BEGIN"); await client.query("b"); await client.query("COMMIT"); } catch (error) { said = (error as Error).message; await client.query("ROLLBACK"); } await lib.mail("after"); return said;`,
  );
  const plain = await ran(task(body));
  expect([plain.value, plain.database.asked]).toEqual(["b failed", ["BEGIN", "b", "ROLLBACK", "mail after"]]);
  const late = await ran(task(body), { at: plain.calls - 1, strike: "before" });
  expect([late.status, late.value]).toEqual(["COMPLETED", "b failed"]);
  expect(count(late.database.asked, "b")).toBe(1);
});

test("a connection given back without commit ends the transaction", async () => {
  const body = `const client = await lib.connect(); await client.query("BEGIN"); await client.query("a"); client.release(); await lib.mail("one"); await wait.for({ hours: 1 }); return 1;`;
  const { status, database } = await ran(task(body));
  expect(status).toBe("COMPLETED");
  expect(database.asked).toEqual(["BEGIN", "a", "mail one"]);
});

test.each([
  ["a wait", `await wait.for({ seconds: 1 });`],
  ["a wait in a helper", `const pause = async () => { await wait.for({ hours: 1 }); }; await pause();`],
  ["a child", `await child.triggerAndWait({});`],
])("%s inside is refused, with the places of both", async (_, inside) => {
  const source = `const child = task({ id: "child", run: async () => 1 }); ${task(
    `const client = await lib.connect(); await client.query("BEGIN"); ${inside} await client.query("COMMIT");`,
  )}`;
  const { status, message, database } = await ran(source);
  expect(status).toBe("FAILED");
  expect(message).toMatch(
    /^HF517 .* at tasks\/program\.ts:\d+ stands inside the transaction that client\.query at tasks/,
  );
  expect(database.committed).toEqual([]);
});

test("a wait in another branch than the transaction is none inside it", async () => {
  const pay = withRelease(
    `await client.query("BEGIN"); await client.query("a"); await client.query("COMMIT"); return 1;`,
  );
  const body = `const pay = async () => { ${pay} }; const pause = async () => { await wait.for({ seconds: 5 }); return 2; }; return await Promise.all([pay(), pause()]);`;
  const { status, value, database } = await ran(task(body));
  expect([status, value]).toEqual(["COMPLETED", [1, 2]]);
  expect(database.asked).toEqual(["BEGIN", "a", "COMMIT"]);
});

test("on other code a transaction that has ended and was moved is asked about, and made again as a whole or not at all", async () => {
  let here: World | undefined;
  const database = new Database(() => here as World);
  const lib = { connect: async () => database.connect() };
  const whole = `const client = await lib.connect(); await client.query("BEGIN"); await client.query("a"); await client.query("COMMIT"); client.release();`;
  const made = bench(task(`${whole} throw new Error("bug");`, "retry: { maxAttempts: 1 },"), lib);
  here = made.world;
  const { id } = await made.run("t");
  made.reload(
    `async function pay() { ${whole} return 1; } ${task("return await pay();", "retry: { maxAttempts: 1 },")}`,
  );
  await resumeRun(made.world.ports, id, "v2");
  const asking = await made.world.finish(id);
  expect([asking.status, asking.error?.message]).toEqual(["FAILED", expect.stringContaining("HF315")]);
  expect(database.asked).toEqual(["BEGIN", "a", "COMMIT"]);
  const [, key = ""] = /checkpoint (\S+)\. /.exec(asking.error?.message ?? "") ?? [];
  await resumeRun(made.world.ports, id, "v2", { redo: [], keep: [key] });
  expect((await made.world.finish(id)).error?.message).toContain("HF315");
  await resumeRun(made.world.ports, id, "v2", { redo: [key], keep: [] });
  expect((await made.world.finish(id)).status).toBe("COMPLETED");
  expect(database.asked).toEqual(["BEGIN", "a", "COMMIT", "BEGIN", "a", "COMMIT"]);
});

test.each(["begin", "transaction"])("so is one that a handle stands for: await db.%s()", async (method) => {
  const asked: string[] = [];
  const act = async (what: string): Promise<void> => void asked.push(what);
  const open = async () => {
    await act("begin");
    return { add: (what: string) => act(what), commit: () => act("commit"), rollback: () => act("rollback") };
  };
  const whole = `const tx = await lib.db.${method}(); await tx.add("a"); await tx.commit();`;
  const once = "retry: { maxAttempts: 1 },";
  const made = bench(task(`${whole} throw new Error("bug");`, once), { db: { [method]: open } });
  const { id } = await made.run("t");
  made.reload(`async function pay() { ${whole} return 1; } ${task("return await pay();", once)}`);
  await resumeRun(made.world.ports, id, "v2");
  const asking = await made.world.finish(id);
  expect([asking.status, asking.error?.message]).toEqual(["FAILED", expect.stringContaining("HF315")]);
  expect(asked).toEqual(["begin", "a", "commit"]);
  const [, key = ""] = /checkpoint (\S+)\. /.exec(asking.error?.message ?? "") ?? [];
  await resumeRun(made.world.ports, id, "v2", { redo: [key], keep: [] });
  expect((await made.world.finish(id)).status).toBe("COMPLETED");
  expect(asked).toEqual(["begin", "a", "commit", "begin", "a", "commit"]);
});
