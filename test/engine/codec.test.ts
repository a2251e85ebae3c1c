/** What `decode(encode(value))` promises: each kind of value comes back as it was, or fails loudly. */
import assert from "node:assert";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, prepare } from "../../engine/codec.ts";
import { chosenSeed } from "../heavy/random.ts";

const copy = (value: unknown): unknown => decode(encode(value).text);

/** Asserts that a value comes back deeply equal, and that its copy is recorded with the same text. */
function comesBack(value: unknown): void {
  const { text, lost } = encode(value);
  const back = decode(text);
  assert.deepStrictEqual(back, value);
  expect(lost).toEqual([]);
  expect(encode(back).text).toBe(text);
}

const circle: Record<string, unknown> = { name: "circle" };
circle.self = circle;
circle.list = [circle];
const shared = { x: 1 };
const holes = [1, 2, 3];
delete holes[1];
const sparse: unknown[] = [];
sparse[5_000_000] = 1;
const nullPrototype = Object.assign(Object.create(null) as object, { a: 1 });
const mapCircle = new Map<unknown, unknown>();
mapCircle.set("self", mapCircle);

const kinds: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "the empty string": "",
  "text with a lone surrogate": "a\ud800b",
  "text with line separators and a closing tag": "\u2028\u2029</script>",
  NaN: Number.NaN,
  "negative zero": -0,
  Infinity: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  BigInt: 2n ** 80n,
  Date: new Date("2024-02-29T12:00:00.123Z"),
  "a Date of the year 270000": new Date(8.64e15),
  Map: new Map<unknown, unknown>([
    ["a", 1],
    [{ k: 1 }, new Set([1, "x"])],
    [Number.NaN, undefined],
  ]),
  Set: new Set([1, "1", Number.NaN, { a: 1 }]),
  RegExp: /a(?<name>b)+/giu,
  "a RegExp in the middle of a search": Object.assign(/a/g, { lastIndex: 3 }),
  URL: new URL("https://user@example.org:81/p?q=1#h"),
  URLSearchParams: new URLSearchParams("a=1&a=2&b=%20"),
  Uint8Array: new Uint8Array([0, 127, 255]),
  "a part of a larger Uint8Array": new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  Float64Array: new Float64Array([Number.NaN, -0, 1.5]),
  BigInt64Array: new BigInt64Array([-1n, 2n ** 62n]),
  DataView: new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
  ArrayBuffer: new Uint8Array([9, 8]).buffer,
  Buffer: Buffer.from("hällo"),
  "a Buffer from Node's pool": Buffer.allocUnsafe(4).fill(7),
  "an undefined member": { a: undefined, b: [undefined] },
  "an array with holes": holes,
  "a very sparse array": sparse,
  "an array with fields of its own": Object.assign([1, 2], { index: 0, input: "x" }),
  "an object without prototype": nullPrototype,
  "a circular object": circle,
  "a circular Map": mapCircle,
  "a boxed number": Object(5),
  "a symbol of the registry": Symbol.for("holdfast.test"),
  "a well-known symbol": Symbol.iterator,
  "a symbol as a key": { [Symbol.for("key")]: new Date(0) },
  "a __proto__ key": JSON.parse('{"__proto__": {"polluted": true}}'),
  "a __proto__ key beside other kinds": Object.assign(JSON.parse('{"__proto__": 1}') as object, {
    at: new Date(1),
  }),
  "a key that looks like a recorded form": { $: ["$", 1], "": 0, "0": 1, "-1": 2 },
  "a deep value": Array.from({ length: 500 }).reduce<unknown>((inner) => ({ inner }), new Date(0)),
};

describe("kinds of values", () => {
  test.each(Object.entries(kinds))("%s comes back as it was", (_name, value) => {
    comesBack(value);
  });

  test("an invalid Date comes back as an invalid Date", () => {
    const back = copy(new Date(Number.NaN)) as Date;
    expect(back).toBeInstanceOf(Date);
    expect(back.getTime()).toBeNaN();
  });

  test("Headers come back with repeated cookies", () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-y", "z"],
    ]);
    expect([...(copy(headers) as Headers)]).toEqual([...headers]);
    expect((copy(headers) as Headers).getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("an object that is there twice is one object in the copy", () => {
    const back = copy({ a: shared, b: [shared] }) as { a: object; b: object[] };
    expect(back.a).toBe(back.b[0]);
  });

  test("a typed array does not take the rest of its pool along", () => {
    const pool = new Uint8Array(100_000);
    expect(encode(pool.subarray(10, 20)).text.length).toBeLessThan(200);
  });

  test("a value that JSON keeps is recorded as readable JSON", () => {
    expect(encode({ a: [1, "x", null, true] }).text).toBe('j{"a":[1,"x",null,true]}');
  });

  test("a value that JSON would change is not recorded as JSON", () => {
    class Point {
      x = 1;
    }
    const changed = [
      { a: undefined },
      [undefined],
      Number.NaN,
      -0,
      new Date(0),
      holes,
      new Point(),
      [shared, shared],
      { toJSON: () => 1 },
      Object.assign([1], { a: 1 }),
      { [Symbol.for("a")]: 1 },
      new String("a"),
      1n,
    ];
    for (const value of changed) expect(encode(value).text.startsWith("d")).toBe(true);
  });
});

describe("any value made of these kinds", () => {
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(undefined, null, -0, Number.NaN, Number.POSITIVE_INFINITY, Symbol.for("a")),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.webUrl().map((url) => new URL(url)),
    fc.constantFrom(/a/u, /\//gi),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom("__proto__", "constructor", "$", "then", "0", "toString"),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      tie("array"),
      tie("object"),
      tie("map"),
      tie("set"),
    ),
    array: fc.array(tie("any"), { maxLength: 5 }),
    object: fc.array(fc.tuple(key, tie("any")), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
    map: fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    set: fc.array(tie("any"), { maxLength: 4 }).map((items) => new Set(items)),
  })).any;

  test("comes back deeply equal, and its copy is recorded with the same text", () => {
    fc.assert(fc.property(value, comesBack), { numRuns: 3000, seed: chosenSeed() });
  });

  test("JSON comes back as JSON gives it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const parsed: unknown = JSON.parse(JSON.stringify(json));
        assert.deepStrictEqual(copy(parsed), parsed);
        expect(encode(parsed).text).toBe(`j${JSON.stringify(parsed)}`);
      }),
      { numRuns: 1000, seed: chosenSeed() },
    );
  });
});

describe("hostile values", () => {
  test("__proto__ never becomes a prototype", () => {
    const back = copy(JSON.parse('{"__proto__": {"admin": true}, "at": 1}')) as { admin?: boolean };
    expect(back.admin).toBeUndefined();
    expect(Object.hasOwn(back, "__proto__")).toBe(true);
    expect(Object.hasOwn({}, "admin")).toBe(false);
  });

  test("a getter that throws is a lost part, and the rest is kept", () => {
    const value = {
      kept: 1,
      get broken(): never {
        throw new Error("no");
      },
    };
    const { text, lost } = encode(value);
    expect(lost).toEqual(["broken"]);
    const back = decode(text) as { kept: number; broken: { x: unknown } };
    expect(back.kept).toBe(1);
    expect(() => back.broken.x).toThrow(/HF303.*broken/);
  });

  test("a proxy that throws on everything is refused or lost, never a crash", () => {
    const fail = (): never => {
      throw new Error("trap");
    };
    const hostile = new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail, has: fail });
    expect(() => encode({ hostile })).toThrow(/HF301 Reading the value threw/);
    expect(prepare({ hostile })).toBeUndefined();
  });

  test("a proxy over plain data is data", () => {
    assert.deepStrictEqual(copy(new Proxy({ a: [1], at: new Date(0) }, {})), { a: [1], at: new Date(0) });
  });

  test("a value nested a hundred thousand levels deep fails with HF301, in words", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(() => encode(deep)).toThrow(/HF301.*nested too deeply/);
  });

  test("a list of a million numbers comes back", () => {
    const huge = Array.from({ length: 1_000_000 }, (_, index) => index);
    assert.deepStrictEqual(copy(huge), huge);
  });

  test("an object that claims to be a Date, Map or Response is taken for what it is", () => {
    for (const tag of ["Date", "Map", "Set", "Uint8Array", "Response", "Error", "URL"]) {
      const back = copy({
        a: 1,
        [Symbol.for("x")]: 1,
        get [Symbol.toStringTag]() {
          return tag;
        },
      }) as { a: number };
      expect(back.a).toBe(1);
    }
  });

  test("a text of a newer version is refused with HF314", () => {
    expect(() => decode("z{}")).toThrow(/HF314/);
    expect(() => decode('d[["$",1],[2],"hologram"]')).toThrow(/HF314/);
  });
});

describe("what cannot be recorded", () => {
  const waiting = Promise.resolve(1);
  test.each<[string, unknown, RegExp]>([
    ["a function", () => 1, /HF301 The value is a function/],
    ["a class", class Order {}, /HF301 The value is a function/],
    ["a promise", waiting, /HF301 The value is a promise.*Await it/],
    ["a promise inside", { orders: [{ paid: waiting }] }, /HF301 "orders\[0\]\.paid" is a promise/],
    ["a promise in a Map", new Map([["paid", waiting]]), /HF301 "get\(paid\)" is a promise/],
    ["a WeakMap inside", { cache: new WeakMap() }, /HF301 "cache" is a WeakMap/],
    ["a generator", (function* () {})(), /HF301 The value is a generator/],
    ["a nameless symbol", Symbol("mine"), /HF301 The value is a symbol/],
  ])("%s is refused with HF301 and its path", (_name, value, message) => {
    expect(() => encode(value)).toThrow(message);
  });
});
