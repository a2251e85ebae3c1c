/** The payload that the page fills in, of a task's JSON schema. */
import { describe, expect, test } from "vitest";
import { exampleOf } from "../../dashboard/example.ts";

describe("an example of a JSON schema", () => {
  test("has each property of an object, and one element of a list", () => {
    const schema = {
      type: "object",
      properties: {
        id: { type: "string" },
        lines: {
          type: "array",
          items: { type: "object", properties: { count: { type: "integer", minimum: 1 } } },
        },
        gift: { type: "boolean" },
      },
    };
    expect(exampleOf(schema)).toEqual({ id: "", lines: [{ count: 1 }], gift: false });
  });
  test("is what the schema itself says: a default, a constant, an example, the first of a choice", () => {
    expect(exampleOf({ type: "string", default: "a", examples: ["b"] })).toBe("a");
    expect(exampleOf({ const: 7 })).toBe(7);
    expect(exampleOf({ type: "string", examples: ["b"] })).toBe("b");
    expect(exampleOf({ enum: ["red", "green"] })).toBe("red");
    expect(exampleOf({ anyOf: [{ type: "number" }, { type: "null" }] })).toBe(0);
    expect(exampleOf({ type: ["string", "null"] })).toBe("");
  });
  test("is null where nothing is said, and ends where a schema contains itself", () => {
    for (const nothing of [undefined, true, {}, { type: "null" }]) expect(exampleOf(nothing)).toBeNull();
    const tree: Record<string, unknown> = { type: "object" };
    tree.properties = { child: tree };
    expect(JSON.stringify(exampleOf(tree)).match(/child/g)).toHaveLength(7);
  });
});
