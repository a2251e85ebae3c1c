/** What the codec promises of instances of classes. */
import assert from "node:assert";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { decode, encode, prepare, registerCodec } from "../../engine/codec.ts";

async function copy<T>(value: T, at?: string): Promise<T> {
  await prepare(value);
  return decode(encode(value).text, at) as T;
}

class Order {
  readonly id = "o1";
  readonly lines = [{ price: 5 }, { price: 7 }];
  get total(): number {
    return this.lines.reduce((sum, { price }) => sum + price, 0);
  }
  cancel(): string {
    return `canceled ${this.id}`;
  }
  toJSON(): string {
    return this.id;
  }
  *[Symbol.iterator](): Generator<unknown> {
    yield* this.lines;
  }
}

describe("instances of classes that are not known", () => {
  test("keep their data fields and their class's name", async () => {
    const back = await copy(new Order());
    expect([back.id, back.lines[1]?.price]).toEqual(["o1", 7]);
    expect(back.constructor.name).toBe("Order");
    expect(inspect(back)).toMatch(/^Order \{/);
  });

  test("fail with HF303 when a lost member is used: class, member, await and fix are named", async () => {
    const back = await copy(new Order(), "shop.order at tasks/order.ts:14");
    expect(() => back.cancel()).toThrow(
      /HF303 Order\.cancel is a method.*shop\.order at tasks\/order\.ts:14.*registerCodec/,
    );
    expect(() => [...back]).toThrow(/HF303 Order\.\[Symbol\.iterator\]/);
  });

  test("keep what their accessors give, and share it with their fields", async () => {
    class Result {
      steps = [{ text: "hello", calls: [{ name: "look" }] }];
      get text(): string {
        return this.steps[0]?.text ?? "";
      }
      get last(): object {
        return this.steps[0] ?? {};
      }
      get rest(): Result {
        return new Result();
      }
    }
    class Longer extends Result {
      get length(): number {
        return this.text.length;
      }
    }
    const back = await copy(new Longer());
    expect([back.text, back.length, back.rest.steps.length]).toEqual(["hello", 5, 1]);
    expect(back.last).toBe(back.steps[0]);
    expect(() => back.rest.text).toThrow(/HF303 Result\.text is a computed property/);
    expect(Object.keys(back)).toEqual(["steps"]);
    expect(encode(back).text).toBe(encode(new Longer()).text);
  });

  test("fail where an accessor threw, or gave a promise or a function", async () => {
    class Stream {
      get broken(): string {
        throw new Error("not yet");
      }
      get later(): Promise<string> {
        return Promise.reject(new Error("never"));
      }
      get send(): () => void {
        return () => {};
      }
      get size(): number {
        return 3;
      }
    }
    const back = await copy(new Stream());
    expect(back.size).toBe(3);
    for (const key of ["broken", "later", "send"] as const)
      expect(() => back[key]).toThrow(`HF303 Stream.${key} is a computed property`);
  });

  test("can be printed, put into JSON, awaited, spread and compared", async () => {
    const back = await copy(new Order());
    expect(JSON.stringify(back)).toBe('{"id":"o1","lines":[{"price":5},{"price":7}]}');
    expect(await Promise.resolve(back)).toBe(back);
    expect({ ...back }).toEqual({ id: "o1", lines: [{ price: 5 }, { price: 7 }] });
    expect(() => inspect(back, { getters: true, showHidden: true })).not.toThrow();
    assert.deepStrictEqual(back, await copy(new Order()));
  });

  test("are recorded with the same text again", async () => {
    expect(encode(await copy(new Order())).text).toBe(encode(new Order()).text);
  });

  test("arrays of a driver's own class stay arrays with their fields", async () => {
    class Result extends Array<unknown> {
      command = "SELECT";
      count = 2;
      describe(): string {
        return this.command;
      }
    }
    const back = await copy(Result.from([{ id: 1 }, { id: 2 }]) as Result);
    expect(Array.isArray(back)).toBe(true);
    expect(back.map((row) => (row as { id: number }).id)).toEqual([1, 2]);
    expect([back.length, back.command, back.count]).toEqual([2, "SELECT", 2]);
    expect(() => back.describe()).toThrow(/HF303 Result\.describe/);
  });

  test("what file calls give comes back with its methods", async () => {
    const stats = await copy(await stat(import.meta.filename));
    expect([stats.isFile(), stats.isDirectory(), stats.mtime instanceof Date]).toEqual([true, false, true]);
    const entries = await copy(await readdir(join(import.meta.dirname, ".."), { withFileTypes: true }));
    const engine = entries.find(({ name }) => name === "engine");
    expect([engine?.isDirectory(), engine?.isFile()]).toEqual([true, false]);
    expect(engine?.parentPath).toBe(join(import.meta.dirname, ".."));
  });

  test("a registered codec brings them back whole, subclasses as the registered class", async () => {
    class Money {
      readonly #cents: bigint;
      constructor(cents: bigint) {
        this.#cents = cents;
      }
      get cents(): bigint {
        return this.#cents;
      }
    }
    registerCodec(Money, "money", {
      toJSON: (money) => money.cents,
      fromJSON: (cents: bigint) => new Money(cents),
    });
    const back = await copy({ price: new Money(5n), at: new Date(0) });
    expect(back.price).toBeInstanceOf(Money);
    expect(back.price.cents).toBe(5n);
  });
});
