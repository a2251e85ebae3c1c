/** docs/aws-faults.md tells the truth: every fault of the list is there, and every test that it names. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Node, type SourceFile, treeOf, walk } from "./tidy/source.ts";
import { root } from "./world/place.ts";

/** So many faults have a number. */
const faultCount = 50;

const page = readFileSync(join(root, "docs", "aws-faults.md"), "utf8");

interface Row {
  readonly number: number;
  readonly cells: readonly string[];
}

const rows: readonly Row[] = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, number, rest = ""]) => ({
  number: Number(number),
  cells: rest.split(" | "),
}));

/** The tests that a text names: `"title" (`file`)`. */
const namedIn = (text: string): { readonly title: string; readonly path: string }[] =>
  [...text.matchAll(/"([^"]+)" \(`(test\/[^`]+)`\)/g)].map(([, title = "", path = ""]) => ({ title, path }));

/** Titles of tests and of groups in a file. */
function titlesOf(path: string): Set<string> {
  const file: SourceFile = { path, text: readFileSync(join(root, path), "utf8") };
  const found = new Set<string>();
  walk(treeOf(file), (node) => {
    if (node.type !== "CallExpression" || !isTest(node.callee as Node)) return;
    const [title] = node.arguments as Node[];
    if (typeof title?.value === "string") found.add(title.value);
  });
  return found;
}

/** `test(…)`, `describe(…)`, and `test.each(…)(…)`. */
function isTest(callee: Node | undefined): boolean {
  if (callee?.type === "CallExpression") return isTest((callee.callee as Node).object as Node | undefined);
  return callee?.name === "test" || callee?.name === "describe";
}

describe("docs/aws-faults.md", () => {
  test("has each fault of the list once", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: faultCount }, (_, n) => n + 1));
  });

  test("says of each what Holdfast does, and which test shows it or why none can", () => {
    const bare = rows.filter(({ cells: [fault = "", does = "", shown = ""] }) => {
      const isShown = namedIn(shown).length > 0 || /^Not (provoked|built)/.test(shown);
      return fault === "" || does === "" || !isShown;
    });
    expect(bare).toEqual([]);
  });

  test("names only tests that there are", () => {
    const all = namedIn(page);
    expect(all.length).toBeGreaterThan(faultCount);
    const known = new Map([...new Set(all.map(({ path }) => path))].map((path) => [path, titlesOf(path)]));
    expect(all.filter(({ title, path }) => known.get(path)?.has(title) !== true)).toEqual([]);
  });
});
