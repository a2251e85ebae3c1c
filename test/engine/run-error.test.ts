/** Errors as they are stored and shown: whatever was thrown. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../engine/errors.ts";
import { toRunError } from "../../engine/run-error.ts";
import { chosenSeed } from "../heavy/random.ts";

describe("errors for people", () => {
  test("keep name, message, stack and code", () => {
    const error = Object.assign(new TypeError("broken"), { code: "E_X" });
    expect(toRunError(error)).toEqual({
      name: "TypeError",
      message: "broken",
      stack: error.stack,
      code: "E_X",
    });
    expect(toRunError(new HoldfastError("HF203", "No task.", "Check."))).toMatchObject({
      name: "HoldfastError",
      code: "HF203",
    });
  });

  test.each<[unknown, string]>([
    ["text", "text"],
    [null, "null"],
    [undefined, "undefined"],
    [42, "42"],
    [5n, "5"],
    [Symbol("s"), "Symbol(s)"],
    [{ reason: "x" }, '{"reason":"x"}'],
    [Object.create(null), "{}"],
    [() => 1, "() => 1"],
  ])("%o thrown has a message", (thrown, message) => {
    expect(toRunError(thrown)).toEqual({ name: "Error", message });
  });

  test("say what is behind them, three errors deep", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:443"), { code: "ECONNREFUSED" });
    expect(toRunError(new TypeError("fetch failed", { cause: refused })).cause).toBe(
      "Error: connect ECONNREFUSED 127.0.0.1:443",
    );
    const several = Object.assign(new AggregateError([refused]), { code: "ECONNREFUSED" });
    expect(toRunError(new TypeError("fetch failed", { cause: several })).cause).toBe(
      "AggregateError: ECONNREFUSED",
    );
    const deep = [4, 3, 2, 1].reduce<unknown>((cause, n) => new Error(`no ${n}`, { cause }), undefined);
    expect(toRunError(deep).cause).toBe("Error: no 2, because of Error: no 3, because of Error: no 4");
    const round = new Error("round");
    round.cause = round;
    expect(toRunError(round).cause).toBe("Error: round, because of Error: round, because of Error: round");
    expect(toRunError(new Error("x", { cause: "the plug" })).cause).toBe("the plug");
    expect(toRunError(new Error("x", { cause: undefined }))).not.toHaveProperty("cause");
  });

  test("frozen errors, throwing getters and proxies do no harm", () => {
    expect(toRunError(Object.freeze(new Error("cold"))).message).toBe("cold");
    const trap = (): never => {
      throw new Error("trap");
    };
    const hostile = new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap });
    expect(toRunError(hostile)).toEqual({ name: "Error", message: "A value that cannot be shown" });
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(typeof toRunError(thrown).message).toBe("string");
      }),
      { seed: chosenSeed() },
    );
  });
});

test("a stored stack shows the author's lines, not Holdfast's own", () => {
  const error = new Error("bug");
  error.stack = [
    "Error: bug",
    "    at charge (/srv/app/tasks/order.ts:7:9)",
    "    at handOver (/srv/app/holdfast/engine/authored.ts:50:10)",
    "    at call (/srv/app/node_modules/holdfast/dist/engine/runtime.js:70:3)",
    "    at run (/srv/app/tasks/order.ts:12:3)",
  ].join("\n");
  expect(toRunError(error).stack?.split("\n")).toHaveLength(3);
});
