/** What a run sees of the tags that it adds: the same in each pass. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

test("ctx.run.tags shows what the run has added from then on, in every pass, attempt and hook alike", async () => {
  const told: unknown[] = [];
  const acts: unknown[] = [];
  outside({
    tell: async (what: unknown) => void told.push(what),
    act: async (what: unknown) => void acts.push(what),
  });
  const kit = await kitOf(`${imports}
import { tags } from "holdfast";
export const t = task({ id: "t",
  onSuccess: async ({ ctx }) => { await outside.tell(ctx.run.tags); },
  run: async (_: unknown, { ctx }) => {
    const seen = [ctx.run.tags];
    await outside.act(ctx.run.tags);
    await tags.add("a");
    seen.push(ctx.run.tags);
    await outside.act(ctx.run.tags);
    await wait.for({ hours: 1 });
    if (ctx.attempt.number === 1) throw new Error("once more");
    await tags.add(["b", "a"]);
    return [...seen, ctx.run.tags];
  } });`);
  expect((await kit.run("t")).output).toEqual([[], ["a"], ["a", "b"]]);
  expect(told).toEqual([["a", "b"]]);
  expect(acts).toEqual([[], ["a"]]);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
  expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(new Set([`["a","b"]`]));
  expect(new Set(acts.map((each) => JSON.stringify(each)))).toEqual(new Set(["[]", `["a"]`]));
});
