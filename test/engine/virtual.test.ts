/** What time and chance in a run promise. */
import nodeCrypto, { randomBytes, randomInt, randomUUID } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import {
  frameRandom,
  installVirtualGlobals,
  realNow,
  realRandom,
  type VirtualContext,
  withFrame,
} from "../../engine/virtual.ts";

const RealDate = Date;
installVirtualGlobals();

const start = Date.parse("2020-05-05T05:05:05.005Z");

function context(seed = "seed", path = "run", time = start): VirtualContext {
  return { clock: () => time, ...frameRandom(seed, path) };
}

/** Node takes an ArrayBuffer too; its types do not say so. */
const fill = (target: unknown) => nodeCrypto.randomFillSync(target as Uint8Array<ArrayBuffer>) as unknown;

/** Everything that can be asked for, once. */
function draws(): unknown[] {
  return [
    Math.random(),
    Date.now(),
    new Date().toISOString(),
    Date(),
    performance.now(),
    crypto.randomUUID(),
    [...crypto.getRandomValues(new Uint32Array(4))],
    randomUUID(),
    randomBytes(16).toString("hex"),
    randomInt(1000),
    randomInt(-5, 5),
    [...nodeCrypto.randomFillSync(new Uint8Array(8), 2)],
    [...nodeCrypto.getRandomValues(new Uint8Array(4))],
    [...new Uint8Array(fill(new ArrayBuffer(6)) as ArrayBuffer)],
    [...nodeCrypto.randomFillSync(new Uint16Array(4), 1, 2)],
  ];
}

describe("in a frame", () => {
  test("everything drawn is the same in every pass", () => {
    expect(withFrame(context(), draws)).toEqual(withFrame(context(), draws));
  });

  test("the clock is the run's: Date and performance agree with it", () => {
    withFrame(context(), () => {
      expect(Date.now()).toBe(start);
      expect(new Date().toISOString()).toBe("2020-05-05T05:05:05.005Z");
      expect(performance.timeOrigin + performance.now()).toBe(start);
      expect(Date()).toBe(new Date(start).toString());
    });
    expect(Math.abs(Date.now() - realNow())).toBeLessThan(1000);
  });

  test("the frame ends with the function, also when it throws, and frames nest", () => {
    const inner = context("seed", "inner", start + 1000);
    withFrame(context(), () => {
      expect(withFrame(inner, () => Date.now())).toBe(start + 1000);
      expect(Date.now()).toBe(start);
      expect(withFrame(undefined, () => Date.now())).toBeGreaterThan(start + 1e9);
      expect(() =>
        withFrame(inner, () => {
          throw new Error("x");
        }),
      ).toThrow("x");
      expect(Date.now()).toBe(start);
    });
    expect(Date.now()).toBeGreaterThan(start + 1e9);
  });

  test("the frame does not cross an await", async () => {
    const later = withFrame(context(), async () => {
      await null;
      return Date.now();
    });
    expect(await later).toBeGreaterThan(start + 1e9);
  });
});

describe("chance", () => {
  test("two runs never draw the same id, nor two frames, nor one frame twice", () => {
    const ids = new Set<string>();
    for (let run = 0; run < 50; run++)
      for (let frame = 0; frame < 20; frame++)
        withFrame(context(`seed ${run}`, `run/${frame}`), () => {
          for (let count = 0; count < 20; count++) ids.add(crypto.randomUUID());
        });
    expect(ids.size).toBe(20_000);
  });

  test("a seed and a path cannot be mistaken for another seed and path", () => {
    expect(frameRandom("a", "b/c").random()).not.toBe(frameRandom("a/b", "c").random());
    expect(frameRandom('a","b', "c").random()).not.toBe(frameRandom("a", 'b","c').random());
  });

  test("the same frame and count draw the same, whatever kinds were drawn before", () => {
    const one = frameRandom("s", "f");
    const other = frameRandom("s", "f");
    one.bytes(16);
    other.random();
    expect(one.random()).toBe(other.random());
    expect(one.bytes(40)).toEqual(other.bytes(40));
  });

  test("draws never change from version to version: open runs depend on them", () => {
    const { random, bytes } = frameRandom("seed", "frame");
    expect([random(), random()]).toEqual([0.9015032583313835, 0.9338008420245429]);
    expect(Buffer.from(bytes(8)).toString("hex")).toBe("b527b5d3e9fa07dc");
  });

  test("uuids are valid and of version 4", () => {
    withFrame(context(), () => {
      for (let count = 0; count < 200; count++)
        expect(count % 2 ? randomUUID() : crypto.randomUUID()).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
    });
  });

  test("numbers are spread evenly, in one frame and over the first draws of many", () => {
    const { random } = frameRandom("s", "even");
    const samples = [
      Array.from({ length: 50_000 }, () => random()),
      Array.from({ length: 20_000 }, (_, frame) => frameRandom("s", `f${frame}`).random()),
    ];
    for (const numbers of samples) {
      const buckets = new Array<number>(100).fill(0);
      for (const number of numbers)
        buckets[Math.floor(number * 100)] = (buckets[Math.floor(number * 100)] ?? 0) + 1;
      const expected = numbers.length / 100;
      const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 99 degrees of freedom: above 170 in one of 100,000 cases.
      expect(chiSquare).toBeLessThan(170);
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    }
  });

  test("more than 64 bytes at once are real: they fill pools that several runs drink from", () => {
    const pools = [1, 2].map(() =>
      withFrame(context(), () => [
        randomBytes(65).toString("hex"),
        String(crypto.getRandomValues(new Uint8Array(128))),
        String(nodeCrypto.randomFillSync(Buffer.alloc(100))),
      ]),
    );
    for (const index of [0, 1, 2]) expect(pools[0]?.[index]).not.toBe(pools[1]?.[index]);
    expect(withFrame(context(), () => randomBytes(64).toString("hex"))).toBe(
      withFrame(context(), () => randomBytes(64).toString("hex")),
    );
  });

  test("what crypto refuses is refused in a frame too", () => {
    withFrame(context(), () => {
      expect(() => randomBytes(-1)).toThrow();
      expect(() => randomBytes("3" as unknown as number)).toThrow();
      expect(() => randomInt(5, 5)).toThrow();
      expect(() => randomInt(0, 2 ** 50)).toThrow();
      expect(() =>
        crypto.getRandomValues(new Float64Array(1) as unknown as Uint8Array<ArrayBuffer>),
      ).toThrow();
      expect(() => nodeCrypto.randomFillSync(new Uint8Array(2), 5)).toThrow();
    });
  });

  test("integers stay in their range and reach both ends", () => {
    const seen = new Set(withFrame(context(), () => Array.from({ length: 500 }, () => randomInt(3, 6))));
    expect([...seen].sort()).toEqual([3, 4, 5]);
  });

  test("real time and chance are there by name", () => {
    withFrame(context(), () => {
      expect(realNow()).toBeGreaterThan(start + 1e9);
      expect(realRandom()).not.toBe(realRandom());
    });
  });
});

describe("Date", () => {
  test("stays Date: instanceof, constructor, subclasses, arguments and statics", () => {
    class Day extends Date {
      label(): string {
        return this.toISOString().slice(0, 10);
      }
    }
    withFrame(context(), () => {
      expect(new Date()).toBeInstanceOf(Date);
      expect(new Date()).toBeInstanceOf(RealDate);
      expect(new Date().constructor).toBe(Date);
      expect(new Day().label()).toBe("2020-05-05");
      expect(new Day()).toBeInstanceOf(Date);
      expect(new Date(5).getTime()).toBe(5);
      expect(new Date(2020, 1).getMonth()).toBe(1);
      expect(new Date(undefined as unknown as number).getTime()).toBeNaN();
      expect(Date.UTC(1970, 0)).toBe(0);
      expect(Date.parse("1970-01-01")).toBe(0);
      expect([Date.name, Date.length, Date.now.name]).toEqual(["Date", 7, "now"]);
      expect(Object.prototype.toString.call(new Date())).toBe("[object Date]");
      expect(structuredClone(new Date())).toEqual(new Date(start));
    });
  });
});

describe("several copies of the engine in one process", () => {
  test("install one over the other, each answering for its own frames only", async () => {
    vi.resetModules();
    const other = await import("../../engine/virtual.ts");
    expect(other.withFrame).not.toBe(withFrame);
    other.installVirtualGlobals();
    other.installVirtualGlobals();
    const mine = withFrame(context("mine"), draws);
    const theirs = other.withFrame(context("theirs"), draws);
    expect(withFrame(context("mine"), draws)).toEqual(mine);
    expect(other.withFrame(context("theirs"), draws)).toEqual(theirs);
    expect(mine).not.toEqual(theirs);
    expect(new Date()).toBeInstanceOf(RealDate);
    expect(withFrame(context(), () => other.realNow())).toBeGreaterThan(start + 1e9);
    expect(Date.now()).toBeGreaterThan(start + 1e9);
  });
});
