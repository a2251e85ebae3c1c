/** Promises of a library's own that tell the process themselves when they reject and nobody listens, as Bluebird's do. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

class Own<T> {
  readonly #native: Promise<T>;
  #isHeard = false;
  constructor(native: Promise<T>) {
    this.#native = native;
    native.catch((reason: unknown) =>
      setImmediate(() => {
        if (!this.#isHeard) process.emit("unhandledRejection", reason, this as unknown as Promise<T>);
      }),
    );
  }
  static resolve<V>(value: V | PromiseLike<V>): Own<V> {
    return new Own(Promise.resolve(value) as Promise<V>);
  }
  // biome-ignore lint/suspicious/noThenProperty: it is a promise of its own kind
  then<A, B>(done: (value: T) => A, failed?: (reason: unknown) => B): Own<A | B> {
    this.#isHeard = true;
    return new Own(this.#native.then(done, failed) as Promise<A | B>);
  }
  catch<B>(failed: (reason: unknown) => B): Own<T | B> {
    return this.then((value) => value, failed);
  }
}

test("a chain on a library's own promise catches what it caught, wherever the process dies", async () => {
  const act = async (what: string): Promise<string> => {
    if (what === "no") throw new Error("it said no");
    return what;
  };
  outside({ Own, act });
  const kit = await kitOf(`${imports}
    export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
      const caught = await outside.Own.resolve(outside.act("no")).then(() => "yes").catch((e: Error) => e.message);
      await outside.act("between");
      await wait.for({ seconds: 1 });
      return [caught, await outside.act("last")];
    } });`);
  expect((await kit.run("t")).output).toEqual(["it said no", "last"]);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(15);
});

test("one that nobody listens to fails its run, as a native one does", async () => {
  outside({ Own });
  const kit = await kitOf(`${imports}
    export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
      outside.Own.resolve(Promise.reject(new Error("unheard")));
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 1;
    } });`);
  expect(await kit.run("t")).toMatchObject({ status: "FAILED", error: { message: "unheard" } });
});
