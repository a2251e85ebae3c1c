/** Schemas of the packages themselves: what each takes and refuses, as its task is told. */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { TaskPayloadParsedError } from "../../sdk/index.ts";
import { payloadParser } from "../../sdk/schema.ts";

/** They are not there where types are checked. */
const require = createRequire(import.meta.url);
type Make = (...args: unknown[]) => unknown;
const of = (name: string) => require(name) as Readonly<Record<string, Make>>;
const call = (lib: Readonly<Record<string, Make>>, name: string, ...args: unknown[]): unknown =>
  lib[name]?.(...args);

/** Each wants `{ n }`, a text, and makes a number of it. */
const schemas: Readonly<Record<string, () => unknown>> = {
  valibot() {
    const v = of("valibot");
    return call(v, "object", { n: call(v, "pipe", call(v, "string"), call(v, "transform", Number)) });
  },
  arktype: () => call(of("arktype"), "type", { n: "string.integer.parse" }),
  yup() {
    const yup = of("yup");
    const number = call(yup, "number") as { required(): unknown };
    return call(yup, "object", { n: number.required() });
  },
  superstruct() {
    const s = of("superstruct");
    return call(s, "object", { n: call(s, "coerce", call(s, "number"), call(s, "string"), Number) });
  },
};

test.each(Object.entries(schemas))("a task's schema may be one of %s", async (_, make) => {
  const parse = payloadParser("t", make());
  expect(await parse({ n: "7" })).toEqual({ n: 7 });
  const refused = Promise.resolve().then(() => parse({ n: ["no number"] }));
  await expect(refused).rejects.toThrow(TaskPayloadParsedError);
  await expect(refused).rejects.toThrow(/^HF509 Parsing payload with schema failed: .*\bn\b/);
});
