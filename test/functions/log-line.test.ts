/** What becomes of what an author gives to `logger` and `console`. */
import { expect, test } from "vitest";
import { lineChars, logLine, propertiesIn } from "../../functions/log-line.ts";

const at = { attempt: 1, pass: 2 };
const line = (...parts: unknown[]) => logLine(5, "info", parts, at);

test("a text and an object are message and properties; anything else is one message, as the console shows it", () => {
  expect(line("shipped", { order: 7 })).toEqual({
    time: 5,
    level: "info",
    ...at,
    message: "shipped",
    properties: '{"order":7}',
  });
  expect(line("%s of %d", "one", 2).message).toBe("one of 2");
  expect(line("a", [1], { b: 2 })).toEqual({ time: 5, level: "info", ...at, message: "a [ 1 ] { b: 2 }" });
  expect(line("at", new Date(0)).message).toBe("at 1970-01-01T00:00:00.000Z");
  expect(line({ order: 7 }).message).toBe("{ order: 7 }");
  expect(line().message).toBe("");
});

test("errors and bigints among the properties are shown", () => {
  const properties = propertiesIn(line("failed", { error: new TypeError("no way"), amount: 10n }));
  expect(properties).toMatchObject({ error: { name: "TypeError", message: "no way" }, amount: "10n" });
});

test("stacks point at the author's code: Holdfast's own frames are left out", () => {
  const error = new Error("no way");
  error.stack = [
    "Error: no way, in a folder /holdfast/engine/",
    "    at run (/app/tasks/order.ts:7:3)",
    "    at calling (/app/node_modules/holdfast/dist/engine/authored.js:76:12)",
    "    at holdfast (/app/holdfast/tasks.ts:1:1)",
  ].join("\n");
  const stack = error.stack.split("\n").filter((_, index) => index !== 2);
  expect(line(error).message).toBe(stack.join("\n"));
  expect(propertiesIn(line("failed", { error }))).toMatchObject({ error: { stack: stack.join("\n") } });
  error.stack = error.stack.split("\n").slice(0, 3).join("\n");
  expect(line(Object.assign(error, { cents: 10 })).message).toBe(
    `${stack.slice(0, 2).join("\n")} {\n  cents: 10\n}`,
  );
});

test("what cannot be shown is said to be so, and throws nothing", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(String(propertiesIn(line("circle", circle)))).toContain("[Circular");
  const hostile = {
    [Symbol.for("nodejs.util.inspect.custom")]() {
      throw new Error("a trap");
    },
  };
  expect(line("one", "two", hostile).message).toBe("(This line cannot be shown: a trap)");
  const thrower = {
    toJSON() {
      throw new Error("a trap");
    },
  };
  expect(() => line("one", { thrower })).not.toThrow();
});

test("a line has 8 KB of message and properties together, and tells when it was cut", () => {
  const long = "x".repeat(lineChars);
  expect(line(long)).toEqual({ time: 5, level: "info", ...at, message: long });
  expect(line(`${long}y`)).toEqual({ time: 5, level: "info", ...at, message: long, isCut: true });
  const cut = line("short", { long });
  expect([cut.isCut, cut.message.length + (cut.properties?.length ?? 0)]).toEqual([true, lineChars]);
  expect(propertiesIn(cut)).toMatch(/^\{"long":"x+$/);
});
