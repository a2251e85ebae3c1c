/** What fingerprints and hashes promise. */
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../engine/codec.ts";
import { fingerprint, hashText, idempotencyKeyOf } from "../../engine/fingerprint.ts";
import { resumeRun } from "../../engine/start.ts";
import { chosenSeed } from "../heavy/random.ts";
import { bench } from "./tasks.ts";

describe("fingerprints", () => {
  test("are short texts that never change: journals hold them", () => {
    expect(fingerprint([])).toBe("umhb6zhj7v3");
    expect(fingerprint([{ id: 1, name: "a" }, "x"])).toBe("4u35axlaf1q");
    expect(fingerprint([new Date(0), undefined, 5n])).toBe("iqxic1u3od6");
  });

  test("are equal for equal data and differ for other data", () => {
    expect(fingerprint([{ a: [1, new Date(5)] }])).toBe(fingerprint([{ a: [1, new Date(5)] }]));
    const inputs = [
      [],
      [undefined],
      [null],
      [0],
      [-0],
      ["0"],
      [[0]],
      [{}],
      [{ a: 1 }],
      [{ a: "1" }],
      [1, 2],
      [[1, 2]],
      [1n],
    ];
    expect(new Set(inputs.map((args) => fingerprint(args))).size).toBe(inputs.length);
  });

  test("are the same for a value and its recorded copy", () => {
    class Order {
      id = 1;
      lines = [new Map([["a", new Date(3)]])];
      total(): number {
        return 1;
      }
    }
    const value = { order: new Order(), error: new TypeError("x"), f: undefined };
    expect(fingerprint([decode(encode(value).text)])).toBe(fingerprint([value]));
  });

  test("take the receiver's data into account", () => {
    expect(fingerprint([1], { url: "a" })).not.toBe(fingerprint([1], { url: "b" }));
    expect(fingerprint([1], { url: "a" })).not.toBe(fingerprint([1]));
  });

  test("count a handle by its class, a function by its source", () => {
    expect(fingerprint([{ db: new Socket(), n: 1 }])).toBe(fingerprint([{ db: new Socket(), n: 1 }]));
    expect(fingerprint([new Socket()])).not.toBe(fingerprint([new EventEmitter()]));
    const make = (n: number) => () => n;
    expect(fingerprint([make(1)])).toBe(fingerprint([make(2)]));
    expect(fingerprint([() => 1])).not.toBe(fingerprint([() => 2]));
  });

  test("do not see an error's stack, which differs from pass to pass", () => {
    const make = () => new Error("same");
    const elsewhere = () => make();
    expect(fingerprint([make()])).toBe(fingerprint([elsewhere()]));
    expect(fingerprint([new Error("a")])).not.toBe(fingerprint([new Error("b")]));
    expect(fingerprint([new Error("a")])).not.toBe(fingerprint([new TypeError("a")]));
  });

  test("never throw", () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    const circle: unknown[] = [];
    circle.push(circle);
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    const hostile = [
      new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap }),
      new Proxy(() => 1, { get: trap, apply: trap }),
      Promise.resolve(1),
      new WeakMap(),
      Symbol("x"),
      new Response("unread"),
      new Blob(["unread"]),
      circle,
      deep,
      {
        get broken() {
          return trap();
        },
      },
      (function* () {})(),
    ];
    for (const value of hostile) {
      expect(fingerprint([value, 1])).toMatch(/^[0-9a-z]{11}$/);
      expect(fingerprint([1], value)).toBe(fingerprint([1], value));
    }
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }),
        (value) => {
          expect(fingerprint([value])).toMatch(/^[0-9a-z]{11}$/);
        },
      ),
      { seed: chosenSeed() },
    );
  });

  test("of large inputs see the length, the beginning and the end", () => {
    const large = "x".repeat(200_000);
    expect(fingerprint([large])).not.toBe(fingerprint([`${large}x`]));
    expect(fingerprint([`a${large}`])).not.toBe(fingerprint([`b${large}`]));
    expect(fingerprint([`${large}a`])).not.toBe(fingerprint([`${large}b`]));
  });
});

describe("hashes of texts", () => {
  test("have the asked length and never change", () => {
    expect(hashText("holdfast", 8)).toBe("txf7molp");
    expect(hashText("", 16)).toBe("eqscwwtmiw1ka5cs");
    for (const chars of [1, 8, 11, 12, 13, 30]) expect(hashText("x", chars)).toHaveLength(chars);
  });

  test("of 200,000 similar texts are all different", () => {
    const seen = new Set<string>();
    for (let n = 0; n < 100_000; n++) seen.add(hashText(`item ${n}`, 11)).add(hashText(`${n} item`, 11));
    expect(seen.size).toBe(200_000);
  });
});

test("an idempotency key is 32 characters of the run, the key and its rejections", () => {
  const key = idempotencyKeyOf("run_1", "a/b#0", 0);
  expect(key).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(idempotencyKeyOf("run_1", "a/b#0", 0)).toBe(key);
  const others = [
    idempotencyKeyOf("run_2", "a/b#0", 0),
    idempotencyKeyOf("run_1", "a/b#1", 0),
    idempotencyKeyOf("run_1", "a/b#0", 1),
  ];
  expect(new Set([key, ...others]).size).toBe(4);
});

test("on other code a call that changes its arguments at once is known again by what it was given", async () => {
  const calls: number[][] = [];
  const push = (list: number[]): Promise<void> => {
    calls.push([...list]);
    list.push(1);
    return Promise.resolve();
  };
  const code = (end: string): string =>
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { const list: number[] = []; await lib.push(list); ${end} } });`;
  const { run, world, reload, output } = bench(code(`throw new Error("bug");`), { push });
  const failed = await run("t");
  reload(code("return list;"));
  await resumeRun(world.ports, failed.id, "v2");
  const ended = await world.finish(failed.id);
  expect(ended).toMatchObject({ status: "COMPLETED" });
  expect(await output(ended)).toEqual([1]);
  expect(calls).toEqual([[]]);
});
