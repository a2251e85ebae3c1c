/** Design §5.4 and §5.5: what comes back of a value, and of a handle. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

test("the author gets the decoded copy, also without a crash", async () => {
  class Row {
    readonly id = 7;
    save(): void {}
  }
  const { run, output } = bench(
    `task({ id: "t", run: async () => { const row = await lib.row(); const date = await lib.date(); try { row.save(); return "saved"; } catch (error) { return [row.id, date.getTime(), (error as Error).message]; } } });`,
    { row: async () => new Row(), date: async () => new Date(5) },
  );
  const value = (await output(await run("t"))) as [number, number, string];
  expect(value.slice(0, 2)).toEqual([7, 5]);
  expect(value[2]).toContain("HF303");
});

test("a Response is recorded with its body, and its request is not repeated", async () => {
  let calls = 0;
  const lib = { get: async () => (calls++, new Response(JSON.stringify({ a: 1 }), { status: 201 })) };
  const { runs, bad } = await everyCrash(
    `task({ id: "t", run: async () => { const res = await lib.get(); await wait.for({ minutes: 1 }); return [res.status, await res.json()]; } });`,
    () => lib,
    "t",
    undefined,
    [201, { a: 1 }],
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(5);
  expect(calls).toBeLessThanOrEqual(2 * runs + 8);
});

test("a handle is made again in a later pass, and the units on it are not", async () => {
  const calls: string[] = [];
  class Client {
    socket = { on: () => {}, pipe: () => {}, fd: process.stdout };
    on(): void {}
    async query(sql: string): Promise<string> {
      calls.push(sql);
      return `rows of ${sql}`;
    }
    async end(): Promise<void> {
      calls.push("end");
    }
  }
  const lib = { connect: async () => (calls.push("connect"), new Client()) };
  const { run, output } = bench(
    `task({ id: "t", run: async () => { const db = await lib.connect(); const a = await db.query("one"); await wait.for({ hours: 1 }); const b = await db.query("two"); await db.end(); await wait.for({ hours: 1 }); return [a, b]; } });`,
    lib,
  );
  expect(await output(await run("t"))).toEqual(["rows of one", "rows of two"]);
  expect(calls).toEqual(["connect", "one", "connect", "two", "end"]);
});

/** As `p-cancelable`, of which `got` gives its answers: it says that it is a promise, and is none inside. */
class Cancelable {
  readonly #promise: Promise<unknown>;
  readonly isCanceled = false;
  constructor(promise: Promise<unknown>) {
    this.#promise = promise;
    Object.setPrototypeOf(Cancelable.prototype, Promise.prototype);
  }
  // biome-ignore lint/suspicious/noThenProperty: it is what such a promise has.
  then(resolve: (value: unknown) => unknown, reject: (error: unknown) => unknown): Promise<unknown> {
    return this.#promise.then(resolve, reject);
  }
  catch(reject: (error: unknown) => unknown): Promise<unknown> {
    return this.#promise.catch(reject);
  }
  cancel(): void {}
  json(): Cancelable {
    return new Cancelable(this.#promise.then(() => ({ ok: true })));
  }
}

test("a recorded request whose promise can be canceled (got's) is not made again, with `.json()`, `.catch(…)` or alone", async () => {
  const made: string[] = [];
  const lib = {
    got: (path: string): Cancelable => {
      made.push(path);
      return new Cancelable(path === "/404" ? Promise.reject(new Error("gone")) : Promise.resolve(path));
    },
  };
  const source = `task({ id: "t", run: async () => {
    const one = await lib.got("/one").json();
    const two = await lib.got("/two");
    const three = await lib.got("/404").catch((error: Error) => error.message);
    const four = lib.got("/four").json();
    await wait.for({ hours: 1 });
    return [one, two, three, await four];
  } });`;
  const { run, output } = bench(source, lib);
  expect(await output(await run("t", 0, 7_200_000))).toEqual([{ ok: true }, "/two", "gone", { ok: true }]);
  expect(made).toEqual(["/one", "/two", "/404", "/404", "/404", "/four"]);
});
