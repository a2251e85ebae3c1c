/** Values as JSON: what is shown of them, and whether that is all. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { jsonView, preview } from "../../functions/json-view.ts";

test("a value that is shown as exact is the very value once its JSON is read again", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withDate: true,
        withBigInt: true,
        withMap: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      (value) => {
        const { json, exact } = jsonView(value);
        if (json === undefined) return;
        const again: unknown = JSON.parse(JSON.stringify(json));
        if (exact) expect(again).toStrictEqual(value);
      },
    ),
  );
});

test("plain JSON is always exact", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (made) => {
      const value: unknown = JSON.parse(JSON.stringify(made));
      expect(jsonView(value)).toMatchObject({ json: value, exact: true });
    }),
  );
});

test("what JSON cannot carry is shown as well as can be, and not as exact", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const shared = {};
  const shown: [unknown, unknown][] = [
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), null],
    [12n, "12"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [-0, 0],
    [new Map([["a", new Set([1])]]), [["a", [1]]]],
    [/a+/g, "/a+/g"],
    [new URL("https://a.example/"), "https://a.example/"],
    [new Uint8Array([1, 2]), "AQI="],
    [{ a: undefined, b: () => 1, c: Symbol("c") }, {}],
    [
      [undefined, () => 1],
      [null, null],
    ],
    [circle, { self: "[Circular]" }],
    [
      [shared, shared],
      [{}, {}],
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new Headers({ a: "b" }), { a: "b" }],
  ];
  for (const [value, json] of shown) expect(jsonView(value)).toMatchObject({ json, exact: false });
  expect(jsonView(undefined)).toMatchObject({ json: undefined, exact: true });
});

test("an error is shown with its name, message, cause and own fields, without its stack", () => {
  const error = Object.assign(new TypeError("no", { cause: "why" }), { status: 402 });
  expect(jsonView(error).json).toEqual({ name: "TypeError", message: "no", cause: "why", status: 402 });
});

test("nothing of a value is called: getters stay unread, and what refuses to be looked at is named", () => {
  const hostile = {
    get trap(): never {
      throw new Error("read");
    },
    proxy: new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("asked");
        },
      },
    ),
    fine: 1,
  };
  expect(jsonView(hostile)).toMatchObject({ json: { proxy: "[Cannot be shown]", fine: 1 }, exact: false });
});

test("a value nested without end is cut, not a failure", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(jsonView(deep).exact).toBe(false);
  expect(preview(deep, 50)).toBe(`${"[".repeat(49)}…`);
});

test("a short text that stands for an endless value is cut, not a failure", () => {
  const holes = decode("d[[-7,4294967295,7,1],1]");
  expect(jsonView({ holes })).toMatchObject({ json: { holes: { 7: 1 } }, exact: false });
  let doubled: unknown = "x".repeat(1_000);
  for (let i = 0; i < 60; i++) doubled = [doubled, doubled];
  const { json, exact } = jsonView(doubled);
  expect(exact).toBe(false);
  expect(JSON.stringify(json).length).toBeLessThan(20_000_000);
  expect(preview(doubled)).toHaveLength(500);
});

test("a name such as __proto__ is data like any other", () => {
  const value: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
  const { json, exact } = jsonView(value);
  expect([JSON.stringify(json), exact]).toEqual(['{"__proto__":{"admin":true},"constructor":1}', true]);
});
