/** `holdfast build` and `holdfast explain`: what they make and what they say of the code. Nothing has to run for them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    "tasks/hello.ts": taskFile("hello", "await sleep(1);\n    return { greeting: payload.file };"),
    "other/wrong.ts": taskFile("wrong", "eval('1');"),
  });
});
afterAll(() => project.end());

test("build writes bundle, map and manifest", async () => {
  const built = (await project.json("build", "--out", "built")) as Record<string, unknown>;
  expect(built).toMatchObject({ ok: true, problems: [] });
  for (const name of ["bundle.mjs", "bundle.mjs.map", "manifest.json"]) {
    expect(existsSync(join(project.path, "built", name))).toBe(true);
  }
});

test("build lists the calls of each task", async () => {
  const { output } = await project.run("build", "--out", "built");
  expect(output).toMatch(/hello {2}tasks\/hello\.ts:\d+\nline .*\n11\s+sleep\s+hello\.run/);
  const { tasks } = (await project.json("build", "--out", "built")) as {
    tasks: { id: string; units: { name: string; line: number }[] }[];
  };
  const hello = tasks.find(({ id }) => id === "hello");
  expect(hello?.units).toContainEqual(expect.objectContaining({ name: "sleep", line: 11 }));
});

test("build fails with the place of each error", async () => {
  const { code, output } = await project.run("build", "--dir", "other");
  expect(code).toBe(1);
  expect(output).toContain("HF108");
  expect(output).toContain("other/wrong.ts:11");
});

test("explain shows the transformed code and the calls in it", async () => {
  const { code, output } = await project.run("explain", "tasks/hello.ts");
  expect(code).toBe(0);
  expect(output).toContain("$hf.call(");
  expect(output).toMatch(/\s11\s+sleep\s+yes/);
  expect((await project.run("explain", "tasks/nothing.ts")).code).toBe(2);
  const folder = await project.run("explain", "tasks");
  expect(folder.code).toBe(2);
  expect(folder.output).toContain("tasks is a folder");
  expect(folder.output).toContain("holdfast build --dir tasks");
  await project.write("notes.txt", "await what();");
  expect((await project.run("explain", "notes.txt")).output).toContain("neither TypeScript nor JavaScript");
});

test("explain says when there is nothing to explain, and shows an error alone", async () => {
  await project.write("lib/plain.ts", "export const one = 1;\n");
  const { code, output } = await project.run("explain", "lib/plain.ts");
  expect(code).toBe(0);
  expect(output).toContain("It stays as it is");
  expect(output).toContain("No task is defined in it");
  await project.write("lib/wrong.ts", "export const = 1;\n");
  const wrong = await project.run("explain", "lib/wrong.ts");
  expect(wrong.code).toBe(1);
  expect(wrong.output).toContain("lib/wrong.ts:1");
  expect(wrong.output).not.toContain("awaited there");
});
