/** Connections that were given back before their pool was closed: nothing of them is needed when the run goes on behind that. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** As `pg` has it: a client is given back by a call that yields no promise, and talks while its pool is open. */
class Client extends EventEmitter {
  readonly #pool: Pool;
  constructor(pool: Pool) {
    super();
    this.#pool = pool;
  }
  async query(text: string) {
    return this.#pool.ask(text);
  }
  release() {
    this.#pool.used--;
  }
  [Symbol.dispose]() {
    this.release();
  }
}
class Pool {
  used = 0;
  #isOpen = true;
  async connect() {
    this.used++;
    return new Client(this);
  }
  async ask(text: string) {
    if (!this.#isOpen) throw new Error("the pool is closed");
    return { text, used: this.used };
  }
  async end() {
    this.#isOpen = false;
  }
}

test.each([
  [
    "by a call that yields no promise",
    `const client = await pool.connect();
     try { seen.push((await client.query("select 1")).text); } finally { client.release(); }`,
  ],
  [
    "behind a transaction",
    `const client = await pool.connect();
     for (const text of ["BEGIN", "select 1", "COMMIT"]) await client.query(text);
     client.release();
     seen.push("select 1");`,
  ],
  ["by using", `{ using client = await pool.connect(); seen.push((await client.query("select 1")).text); }`],
  [
    "with a listener on it",
    `const client = await pool.connect();
     client.on("error", (error: Error) => { seen.push(error.message); });
     seen.push((await client.query("select 1")).text);
     client.release();`,
  ],
])("a client that was given back %s, and its pool closed, stops no run behind that", async (_, use) => {
  outside({ Pool, load: async (id: number) => id });
  const kit = await kitOf(`${imports}export const t = task({ id: "t", run: async () => {
    const seen: unknown[] = [];
    const pool = new outside.Pool();
    ${use}
    await pool.end();
    for (const id of [1, 2]) seen.push(await outside.load(id));
    return seen;
  } });`);
  const plain = await kit.run("t");
  expect(plain.output).toEqual(["select 1", 1, 2]);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 3 })).findings).toEqual([]);
});
