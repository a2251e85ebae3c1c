/** The architecture as a test: which folder may import which, and the manners that every file keeps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../engine/errors.ts";
import { infraProblems } from "../infra/problems.ts";
import { buildProblems } from "../transform/problems.ts";
import { cycles, shipped, strayPackages, wrongArrows } from "./tidy/arrows.ts";
import {
  anyTypes,
  badNames,
  longFunctions,
  machinePaths,
  notes,
  strayEnvironment,
  tooLong,
  unportable,
} from "./tidy/manners.ts";
import { floating, missingBinaries, strangeRegistries, wrongPages } from "./tidy/papers.ts";
import { folderOf, readFiles, type SourceFile } from "./tidy/source.ts";

const root = join(import.meta.dirname, "..");
const everything = readFiles(root);
/** Programs that tests feed to the transform, and journals of older versions: data, not code of ours. */
const isData = ({ path }: SourceFile): boolean =>
  /^test\/(transform\/cases|journals|programs|packages\/(?:tasks|generated))\//.test(path);
const code = everything.filter((file) => /\.(ts|tsx)$/.test(file.path) && !isData(file));
const ours = code.filter(({ path }) => shipped.includes(folderOf(path)));

const each = (rule: (file: SourceFile) => string[], files: readonly SourceFile[]): string[] =>
  files.flatMap(rule);

const json = (path: string): never => JSON.parse(readFileSync(join(root, path), "utf8")) as never;

describe("folders", () => {
  test("the arrows between folders point only where the design says", () => {
    expect(each(wrongArrows, code)).toEqual([]);
  });
  test("each package with a home is imported only there", () => {
    expect(each(strayPackages, code)).toEqual([]);
  });
  test("no files import each other in a circle at run time", () => {
    expect(cycles(code)).toEqual([]);
  });
});

describe("files", () => {
  test("files stay under 300 lines", () => {
    expect(each(tooLong, code)).toEqual([]);
  });
  test("functions of shipped code stay within 60 lines", () => {
    expect(each(longFunctions, ours)).toEqual([]);
  });
  test("no type is switched off", () => {
    expect(each(anyTypes, code)).toEqual([]);
  });
  test("no notes to oneself are left", () => {
    expect(each(notes, code)).toEqual([]);
  });
  test("names say something, in kebab-case", () => {
    const paths = everything.filter((file) => !isData(file)).map(({ path }) => path);
    expect(paths.flatMap(badNames)).toEqual([]);
  });
  test("the environment is read in config.ts alone", () => {
    expect(each(strayEnvironment, code)).toEqual([]);
  });
  test("shipped code starts no shell and names no temporary folder", () => {
    expect(each(unportable, code)).toEqual([]);
  });
  test("no path of one machine is left in the repository", () => {
    expect(everything.flatMap((file) => machinePaths(file, root))).toEqual([]);
  });
});

describe("papers", () => {
  test("every dependency is pinned to one version", () => {
    expect(floating(json("package.json"))).toEqual([]);
  });
  test("the lockfile serves macOS and Windows, and the public registry only", () => {
    expect(missingBinaries(json("package-lock.json"))).toEqual([]);
    expect(strangeRegistries(json("package-lock.json"))).toEqual([]);
  });
  test("every error code has its page, and every page its code", () => {
    const pages = everything.filter(({ path }) => path.startsWith("docs/errors/"));
    expect(wrongPages({ ...buildProblems, ...catalogue, ...infraProblems }, pages, ours)).toEqual([]);
  });
});
