/** `holdfast completions`: what a shell is offered, asked as its script asks, and the script in a real bash. */
import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { cli, root } from "../world/place.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

const hostile = "$(touch owned); `x`";

let project: Project;
let holdfast: Holdfast;
let run: string;
beforeAll(async () => {
  project = await makeProject({
    "tasks/hello.ts": taskFile("hello", "return 1;"),
    "tasks/hostile.ts": `import { task } from "holdfast";
      export const t = task({ id: ${JSON.stringify(hostile)}, run: async () => 1 });`,
  });
  holdfast = await project.start();
  run = await holdfast.trigger("hello", {});
});
afterAll(() => project.end());

/** What is offered for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { code, output } = await project.run("complete", "--", ...words);
  expect(code).toBe(0);
  return output
    .trim()
    .split("\n")
    .filter((line) => !/^:\d+$/.test(line))
    .map((line) => line.split("\t")[0] ?? "");
}

test("`holdfast completions`: commands, options and their choices are completed", async () => {
  expect(await offered("sche")).toEqual(["schedules"]);
  expect(await offered("runs", "")).toEqual(expect.arrayContaining(["list", "show", "cancel"]));
  expect(await offered("resume", "--dry")).toEqual(["--dry-run"]);
  expect(await offered("resume", "--code", "")).toEqual(["same", "newest"]);
  expect(await offered("compl")).toEqual(["completions"]);
});

test("`holdfast completions`: ids of tasks and runs are asked of the server; one that a shell would run is not offered", async () => {
  // On a machine that has no time, the server may be too late once.
  const expected = (...words: string[]) => expect.poll(() => offered(...words), { timeout: 40_000 });
  await expected("trigger", "").toEqual(["hello"]);
  await expected("runs", "show", "run_").toEqual([run]);
  await expected("resume", "").toContain(run);
  await expected("runs", "list", "--task", "").toEqual(["hello"]);
});

test("`holdfast completions bash` completes in a bash", async () => {
  const { output: script } = await project.run("completions", "bash");
  const program = join(project.path, "holdfast");
  await writeFile(
    program,
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} "$@"\n`,
  );
  await chmod(program, 0o755);
  // What the package bash-completion brings along: the words, as they are.
  const words = `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="\${COMP_WORDS[$COMP_CWORD]}"; prev=""; }`;
  const typed = `COMP_WORDS=(holdfast runs sh); COMP_CWORD=2; COMP_LINE="holdfast runs sh"; COMP_POINT=16`;
  const asked = `${words}\n${script}\ncompopt() { :; }\n${typed}\n__holdfast_complete; echo "\${COMPREPLY[@]}"; complete -p holdfast`;
  const env = { ...process.env, PATH: [project.path, process.env.PATH].join(delimiter) };
  const { stdout } = await promisify(execFile)("bash", ["-c", asked], { env, cwd: project.path });
  expect(stdout.trim().split("\n")).toEqual([
    expect.stringMatching(/^show\b/),
    expect.stringContaining("__holdfast_complete"),
  ]);
});

test("`holdfast completions` has a script for each shell that it names, and refuses another", async () => {
  for (const shell of ["zsh", "fish", "powershell"])
    expect((await project.run("completions", shell)).output).toMatch(/holdfast\W.*complete/);
  expect(await project.run("completions", "tcsh")).toMatchObject({ code: 2 });
});

test("`holdfast completions` without a server has what needs none, and says nothing else", async () => {
  await holdfast.stop();
  expect(await offered("runs", "show", "")).toEqual([]);
  expect(await offered("runs", "can")).toEqual(["cancel"]);
});

test("docs/cli.md names every command", async () => {
  const page = await readFile(join(root, "docs", "cli.md"), "utf8");
  const named = new Set([...page.matchAll(/`([a-z]+)`/g)].map(([, name]) => name));
  const commands = (await offered("")).filter((name) => name !== "help");
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((name) => !named.has(name))).toEqual([]);
});
