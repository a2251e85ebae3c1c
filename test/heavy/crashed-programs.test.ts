/** Small programs, crashed everywhere through `holdfast/testing`. */
import { describe, expect, test } from "vitest";
import { concurrentPrograms } from "../testing/concurrent-programs.ts";
import { imports, kitOf, outside } from "../testing/kit.ts";
import { languagePrograms } from "../testing/language-programs.ts";
import { usualWorld } from "../testing/programs.ts";

const programs = [...concurrentPrograms, ...languagePrograms];

describe("crashed before and after each call and each write, it ends as without a crash and repeats no recorded effect", () => {
  test.each(programs)("$title", async ({ source, files = {}, packages = [], world = usualWorld, output }) => {
    outside(world());
    const kit = await kitOf({ ...files, "tasks/main.ts": `${imports}${source}` }, { packages });
    expect(kit.problems.filter(({ code }) => code !== "HF133")).toEqual([]);
    const plain = await kit.run("t", 3);
    expect(plain.error?.stack).toBeUndefined();
    expect(plain.output).toEqual(output);
    const { findings, runs } = await kit.crashEverywhere("t", 3, { seeds: 4 });
    expect(findings).toEqual([]);
    expect(runs).toBeGreaterThan(8);
  });
});
