/** What is told of a run whose passes die, wherever they do: each record once, by a pass that ends. */
import { expect, test } from "vitest";
import { figuresOf } from "../../../functions/figures.ts";
import type { SeenPass } from "../../../functions/seen-pass.ts";
import type { Span } from "../../../functions/traces/span.ts";
import { spansOf } from "../../../functions/traces/spans.ts";
import { bench } from "../../engine/tasks.ts";
import type { Strike } from "../../engine/world.ts";

const source = `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 10, randomize: false }, run: async () => {
  const both = await Promise.all([lib.effect("a"), lib.effect("b")]);
  await wait.for({ seconds: 60 });
  await lib.flaky();
  await wait.for({ seconds: 60 });
  return [...both, await lib.effect("c")];
} });`;

/** One run; its pass dies at that call of its store, before or after the call is applied. */
async function strikeAt(number: number, how: Strike) {
  const passes: SeenPass[] = [];
  let failures = 1;
  let struck = "";
  let calls = 0;
  const lib = {
    effect: async (name: string) => name,
    flaky: async () => {
      if (failures-- > 0) throw new Error("busy");
    },
  };
  const { run, world } = bench(source, lib, {
    told: (pass) => void passes.push(pass),
    strike: (call) => {
      calls += 1;
      if (calls !== number) return undefined;
      struck = call;
      return how;
    },
  });
  const { status, id } = await run("t");
  expect(status).toBe("COMPLETED");
  const kept = (await world.records(id)).filter(({ kind }) => kind === "result" || kind === "try");
  const waits = kept.filter((record) => record.kind === "result" && record.sort === "wait");
  const spans: Span[] = passes.flatMap((pass) => spansOf(pass, () => undefined));
  const figures = passes.flatMap((pass) => figuresOf(pass) ?? []);
  return { spans, figures, struck, kept: kept.length, waits: waits.length };
}

const tries = (spans: readonly Span[]) =>
  spans.filter(({ attributes }) => /^(unit|wait)$/.test(String(attributes["holdfast.kind"])));

test("each try is told once, however a pass dies; what one has told of that has given its run back is told by nobody else", async () => {
  const whole = await strikeAt(0, undefined);
  expect([whole.kept, tries(whole.spans).length]).toEqual([7, 7]);
  let strikes = 0;
  for (const how of ["before", "after"] as const) {
    for (let number = 1; ; number++) {
      const { spans, figures, struck, kept, waits } = await strikeAt(number, how);
      if (struck === "") break;
      strikes += 1;
      const where = `${how} call ${number} (${struck})`;
      const ids = spans.map(({ id }) => id);
      expect(new Set(ids).size, where).toBe(ids.length);
      // Who dies right behind the write that gives the run back, or ends it, has told nothing of it.
      const mayLose = how === "after" && struck === "write";
      const counted = figures.reduce((sum, { triesMs }) => sum + triesMs.length, 0);
      if (mayLose) continue;
      expect(tries(spans).length, where).toBe(kept);
      expect(counted, where).toBe(kept - waits);
      expect(
        figures.filter(({ queuedMs }) => queuedMs !== undefined),
        where,
      ).toHaveLength(1);
      expect(
        figures.filter(({ ended }) => ended !== undefined),
        where,
      ).toHaveLength(1);
    }
  }
  expect(strikes).toBeGreaterThan(30);
});
