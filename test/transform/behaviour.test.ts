/** Outside of a run, transformed code does exactly what the plain code does: same value, same effects, same order. */
import { describe, expect, test } from "vitest";
import { moduleOf, run, transformed } from "./plain-runtime.ts";
import { snippets } from "./snippets.ts";

describe("the same value and the same order of effects", () => {
  test.each(Object.entries(snippets))("%s", async (_name, body) => {
    const source = moduleOf(body);
    const plain = await run(source);
    const code = transformed(source);
    expect(await run(code), code).toEqual(plain);
    expect(plain.end, "the snippet itself is sound").toMatch(/^value/);
  });
});

test("names and lengths of functions stay", async () => {
  const source = moduleOf(`
    const arrow = (a, b = log(1)) => log(a);
    const asyncArrow = async (a) => { await later(a); };
    function declared(a, b, ...rest) { return log(rest); }
    const object = { method(a) { return log(a); }, ["comp" + "uted"]: () => log(1), async asyncMethod() { await later(1); } };
    class A { static s(a) { return log(a); } m(a, b) { return log(a); } field = () => log(2); }
    function* gen(a, b) { yield log(a); }
    return [arrow, asyncArrow, declared, object.method, object.computed, object.asyncMethod, A, A.s, A.prototype.m, new A().field, gen]
      .map((fn) => [fn.name, fn.length]);
  `);
  expect(await run(transformed(source))).toEqual(await run(source));
});

test("generated names keep clear of the author's", () => {
  const code = transformed(
    `export async function main($hf) { const $f1 = 1, $t2 = 2; return $hf($f1)?.x($t2); }`,
  );
  expect(code).toContain("$hf_.call($f_1, $s_[");
});
