/** A source that gives other items when it is opened again: what was recorded stays, and it is said. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const source = `${imports}
export const t = task({ id: "t", run: async () => {
  const parts: string[] = [];
  for await (const part of outside.answer()) { // loops
    parts.push(part);
    await wait.for({ hours: 1 });
  }
  return parts.join(" ");
} });`;

test.each([
  ["other", "first said second said", 1],
  ["the same", "first said", 0],
])("a for await says so when its source gives %s items in a later pass", async (what, output, said) => {
  let opened = 0;
  outside({
    async *answer() {
      const name = ++opened === 1 || what === "the same" ? "first" : "second";
      yield name;
      yield "said";
      if (name === "second") yield* ["second", "said"];
    },
  });
  const kit = await kitOf(source);
  const report = await kit.run("t");
  const warnings = report.warnings.filter(({ code }) => code === "HF330");
  expect(warnings).toHaveLength(said);
  expect(report.output).toBe(output);
  if (said > 0) expect(warnings[0]).toMatchObject({ file: "tasks/main.ts", line: 6 });
});
