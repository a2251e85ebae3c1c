/** `holdfast init`. That what it makes runs is tried on the packed package: `test/package/`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    "taken/package.json": `{ "name": "mine", "version": "7.0.0", "scripts": { "test": "mine" }, "dependencies": { "vitest": "1.0.0" } }`,
    "taken/tasks/hello.ts": "// mine",
    "broken/package.json": "{",
  });
});
afterAll(() => project.end());

describe("holdfast init", () => {
  test("makes a project with a task, its test and a CDK app, and says what to do next", async () => {
    const { code, output } = await project.run("init", "New Shop!");
    expect(code).toBe(0);
    for (const file of ["tasks/hello.ts", "test/hello.test.ts", ".gitignore", "infra/app.mjs", "cdk.json"])
      expect(output).toContain(`made  ${file}`);
    for (const step of ["npm install", "npm run dev", "npx holdfast trigger hello", "npm run deploy"])
      expect(output).toContain(step);
    const { name, devDependencies } = JSON.parse(await project.read("New Shop!/package.json"));
    expect(name).toBe("new-shop");
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(["vitest", "aws-cdk-lib"]));
  });

  test("without AWS it needs nothing of AWS", async () => {
    expect(await project.json("init", "small", "--no-aws")).toMatchObject({ kept: [] });
    expect(await project.read("small/package.json")).not.toMatch(/aws|constructs/);
  });

  test("keeps what is there: files are as they were, and package.json gets only what it lacks", async () => {
    expect(await project.json("init", "taken")).toMatchObject({ kept: ["tasks/hello.ts", "package.json"] });
    expect(await project.read("taken/tasks/hello.ts")).toBe("// mine");
    const { name, version, scripts, dependencies, devDependencies } = JSON.parse(
      await project.read("taken/package.json"),
    );
    expect({ name, version, test: scripts.test }).toEqual({ name: "mine", version: "7.0.0", test: "mine" });
    expect(dependencies).toMatchObject({ vitest: "1.0.0", holdfast: expect.any(String) });
    expect(devDependencies).not.toHaveProperty("vitest");
    const before = await project.read("taken/package.json");
    expect(await project.json("init", "taken")).toMatchObject({ made: [] });
    expect(await project.read("taken/package.json")).toBe(before);
  });

  test("a package.json that cannot be read is left alone, and nothing is made beside it", async () => {
    const { code, output } = await project.run("init", "broken");
    expect({ code, output }).toMatchObject({
      code: 2,
      output: expect.stringContaining("nothing was written"),
    });
    await expect(project.read("broken/tasks/hello.ts")).rejects.toThrow("ENOENT");
  });

  test("a file is no folder", async () => {
    const { code, output } = await project.run("init", "taken/package.json");
    expect({ code, output }).toMatchObject({ code: 2, output: expect.stringContaining("Name a folder") });
  });
});
