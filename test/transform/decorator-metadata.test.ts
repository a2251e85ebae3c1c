/** What a `tsconfig.json` may ask for and the build does not have: the types of what is decorated, at run time. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundle } from "../../transform/bundle.ts";
import { hello, project, removeFolders, stubPackage } from "./project.ts";

afterAll(removeFolders);

const decorated = `const column = (_: object, key: string): void => void key;
class Person {
  @column name = "a";
}
new Person();
${hello}`;
const plain = { experimentalDecorators: true };
const asking = { ...plain, emitDecoratorMetadata: true };

/** The problems of a build of this source under these files, as `code severity file:line`. */
async function told(files: Readonly<Record<string, unknown>>, source: string): Promise<string[]> {
  const texts = Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)]);
  const folder = await project({ ...Object.fromEntries(texts), "tasks/a.ts": source });
  const { ok, problems } = await bundle({ dir: join(folder, "tasks"), packageRoot: await stubPackage() });
  expect(ok).toBe(true);
  return problems.map(({ code, severity, file, line }) => `${code} ${severity} ${file}:${line}`);
}

test("is told at the first decorator, be it asked for by the nearest file or by what that extends", async () => {
  const warned = ["HF135 warning tasks/a.ts:3"];
  expect(await told({ "tsconfig.json": { compilerOptions: asking } }, decorated)).toEqual(warned);
  const base = { "base.json": { compilerOptions: asking } };
  const own = { extends: "./base", compilerOptions: plain };
  expect(await told({ ...base, "tsconfig.json": own }, decorated)).toEqual(warned);
});

test("is no word worth where nobody asks for it, takes it back, or decorates anything", async () => {
  expect(await told({ "tsconfig.json": { compilerOptions: plain } }, decorated)).toEqual([]);
  const base = { "base.json": { compilerOptions: asking } };
  const own = { extends: "./base.json", compilerOptions: { ...plain, emitDecoratorMetadata: false } };
  expect(await told({ ...base, "tsconfig.json": own }, decorated)).toEqual([]);
  expect(await told({ "tsconfig.json": { compilerOptions: asking } }, hello)).toEqual([]);
});
