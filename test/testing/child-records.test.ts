/** A child's end says by whom it was asked for, whenever it is read: with the claim, or while the program waits. */
import { expect, test } from "vitest";
import type { Crash } from "../../testing/types.ts";
import { imports, kitOf } from "./kit.ts";

const source = `${imports}
export const square = task({
  id: "square",
  run: async ({ n, waits }: { n: number; waits: boolean }) => { if (waits) await wait.for({ hours: 1 }); return n * n; },
});
export const t = task({
  id: "t",
  run: async (waits: boolean) => await square.triggerAndWait({ n: 3, waits }).unwrap(),
});`;

interface Row {
  readonly kind: string;
  readonly sort?: string;
  readonly place?: unknown;
  readonly fp?: unknown;
}

test("the record of a child has its call's name, place and inputs, also where the end is there before the call", async () => {
  const kit = await kitOf(source);
  const seen: Row[] = [];
  for (const waits of [false, true]) {
    const { writes } = await kit.run("t", waits);
    const crashes = Array.from(
      { length: writes },
      (_, index): Crash => ({ when: "after", write: index + 1 }),
    );
    for (const crash of [[], ...crashes.map((each) => [each])]) {
      const report = await kit.run("t", waits, { crash });
      expect(report.output).toBe(9);
      seen.push(
        ...(report.journal as Row[]).filter(({ kind, sort }) => kind === "result" && sort === "child"),
      );
    }
  }
  expect(new Set(seen.map(({ place }) => JSON.stringify(place)))).toEqual(
    new Set([JSON.stringify({ name: "square.triggerAndWait", at: "tasks/main.ts:10" })]),
  );
  expect(seen.every(({ fp }) => typeof fp === "string")).toBe(true);
});
