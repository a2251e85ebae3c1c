/** `holdfast open`, against a server that runs: the link signs in once, and the browser is the system's. */
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command, type Holdfast, secretKey } from "../world/holdfast.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({ "tasks/hello.ts": taskFile("hello", "return 1;") });
  holdfast = await project.start({ command: "serve" });
});
afterAll(() => project.end());

const signIn = (token: string) =>
  fetch(`${holdfast.url}/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: holdfast.url },
    body: JSON.stringify({ token }),
  });

/** A program on the path, by which the system would open a browser. */
async function opener(): Promise<Record<string, string>> {
  const path = join(project.path, process.platform === "darwin" ? "open" : "xdg-open");
  await writeFile(path, `#!/bin/sh\nprintf %s "$1" > "${join(project.path, "opened")}"\n`);
  await chmod(path, 0o755);
  return { PATH: [project.path, process.env.PATH].join(delimiter) };
}

test("`holdfast open` prints a link of a running server that signs in once, and holds no key", async () => {
  const { code, output } = await project.run("open", "--print");
  expect(code).toBe(0);
  expect(output).toMatch(new RegExp(`^${holdfast.url}/sign-in#[\\w-]{32}\\n$`));
  expect(output).not.toContain(secretKey);
  const token = output.trim().split("#")[1] ?? "";
  expect([(await signIn(token)).status, (await signIn(token)).status]).toEqual([200, 401]);
});

test("`holdfast open` gives it to the program that opens browsers, as one argument", async () => {
  const id = await holdfast.trigger("hello", {});
  const { output, code } = await command(project.path, ["open", id], await opener());
  expect(code).toBe(0);
  const opened = () => project.read("opened").catch(() => "");
  await expect.poll(opened).toBe(output.trim());
  expect(output).toContain(`${holdfast.url}/sign-in?run=${id}#`);
});

test("`holdfast open` without such a program says so, and has printed the link", async () => {
  const { output, code } = await command(project.path, ["open"], { PATH: join(project.path, "none") });
  expect([code, output]).toEqual([0, expect.stringContaining("open it yourself")]);
  expect(output).toContain("/sign-in#");
});

test("`holdfast open` where nobody answers ends with 3", async () => {
  const nowhere = await project.run("open", "--print", "--url", "http://127.0.0.1:9");
  expect(nowhere).toMatchObject({ code: 3, output: expect.stringContaining("HF504") });
});
