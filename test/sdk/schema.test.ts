/** Schemas: which can be called, and that what they refuse is told and stored nowhere. */
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z3 from "zod/v3";
import * as z from "zod/v4";
import { configure, schemaTask, type Task, TaskPayloadParsedError, task } from "../../sdk/index.ts";
import { payloadParser, type SchemaInput, type SchemaOutput } from "../../sdk/schema.ts";

/** What the schema makes of a payload; a refusal as its text. */
async function parsed(schema: unknown, payload: unknown): Promise<unknown> {
  try {
    return await payloadParser("t", schema)(payload);
  } catch (error) {
    expect(error).toBeInstanceOf(TaskPayloadParsedError);
    return (error as Error).message;
  }
}

const isName = (value: unknown): string => {
  if (typeof value !== "string") throw new Error("no name");
  return value.trim();
};
const check = (value: unknown): void => void isName(value);

/** One of each kind; all of them want a text. */
const kinds: Record<string, unknown> = {
  "zod 4": z.string().transform((text) => text.trim()),
  "zod 3": z3.string().transform((text) => text.trim()),
  "Standard Schema": {
    "~standard": {
      validate: (value: unknown) =>
        typeof value === "string"
          ? { value: value.trim() }
          : { issues: [{ message: "no name", path: ["a", { key: 0 }] }] },
    },
  },
  "Standard Schema, later": {
    "~standard": { validate: async (value: unknown) => ({ value: isName(value) }) },
  },
  "a function": isName,
  "a function, later": async (value: unknown) => isName(value),
  parse: { parse: isName },
  "parseAsync before parse": { parseAsync: async (value: unknown) => isName(value), parse: () => "never" },
  "yup's validateSync": { validateSync: isName },
  "superstruct's create": { create: isName },
};

describe("a schema", () => {
  for (const [name, schema] of Object.entries(kinds)) {
    test(`is called: ${name}`, async () => {
      expect(await parsed(schema, " Ann ")).toBe("Ann");
      expect(await parsed(schema, 7)).toMatch(/^HF509 Parsing payload with schema failed: /);
    });
  }
  test("is called: assert, which gives the payload as it is", async () => {
    const arktype = Object.assign(() => "never", { assert: check });
    for (const schema of [{ assert: check }, arktype]) {
      expect(await parsed(schema, " Ann ")).toBe(" Ann ");
      expect(await parsed(schema, 7)).toContain("HF509");
    }
  });
  test("tells where the payload is wrong", async () => {
    expect(await parsed(kinds["Standard Schema"], 7)).toContain("a.0: no name");
    expect(await parsed(z.object({ n: z.number() }), { n: "x" })).toContain("n: ");
  });
  test("of no kind that is known is refused when the task is defined", () => {
    for (const schema of [undefined, null, 7, "string", {}, { type: "object" }]) {
      expect(() => schemaTask({ id: "no-schema", schema: schema as never, run: () => {} })).toThrow("HF513");
    }
  });
});

describe("a task with a schema", () => {
  const order = schemaTask({
    id: "schema-order",
    schema: z.object({ id: z.string().transform(Number), express: z.boolean().default(false) }),
    run: async (payload) => {
      expectTypeOf(payload).toEqualTypeOf<{ id: number; express: boolean }>();
      return payload.id;
    },
  });
  test("takes what the schema takes, and gives run what the schema gives", () => {
    expectTypeOf(order).toExtend<
      Task<"schema-order", { id: string; express?: boolean | undefined }, number>
    >();
    expectTypeOf(order.schema.parse).returns.toEqualTypeOf<{ id: number; express: boolean }>();
    expectTypeOf<SchemaInput<typeof z3.ZodString>>().not.toBeAny();
    const byFunction = schemaTask({ id: "schema-fn", schema: isName, run: async (name) => name.length });
    expectTypeOf(byFunction).toExtend<Task<"schema-fn", string, number>>();
    expectTypeOf(byFunction.trigger).parameter(0).toEqualTypeOf<string>();
    const three = z3.object({ at: z3.string().transform((text) => new Date(text)) });
    expectTypeOf<SchemaInput<typeof three>>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<SchemaOutput<typeof three>>().toEqualTypeOf<{ at: Date }>();
  });
  test("has its schema, and a task its JSON schema, for a model's tool that takes the same", () => {
    expect(order.schema.safeParse({ id: 7 }).success).toBe(false);
    const jsonSchema = { type: "object" };
    expect(task({ id: "json-schema", jsonSchema, run: async () => 1 }).jsonSchema).toBe(jsonSchema);
    expect("jsonSchema" in order).toBe(false);
  });
  test("refuses a payload where it is triggered, and sends nothing", async () => {
    configure({ baseURL: "http://127.0.0.1:1", secretKey: "nobody listens there" });
    await expect(order.trigger({ id: 7 } as never)).rejects.toMatchObject({
      name: "TaskPayloadParsedError",
      code: "HF509",
    });
    await expect(
      order.batchTrigger([{ payload: { id: "7" } }, { payload: {} as never }]),
    ).rejects.toMatchObject({ code: "HF509" });
  });
});
