/** The order of a start, by real processes. */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeProject, type Project } from "../cli/project.ts";

/** Its files wait, when they are loaded, until another process loads them, too; after 60 s they give up. */
const waiting = `
import { appendFileSync, readFileSync } from "node:fs";
import { task } from "holdfast";

const file = process.env.LOADED ?? "";
appendFileSync(file, process.pid + "\\n");
const loaded = () => readFileSync(file, "utf8").split("\\n").length - 1;
const nobody = new Int32Array(new SharedArrayBuffer(4));
for (let turn = 0; loaded() < 2; turn++) {
  if (turn === 6_000) throw new Error("Nobody else loads the tasks.");
  Atomics.wait(nobody, 0, 0, 10);
}
export const hello = task({ id: "hello", run: async () => process.pid });
`;

let project: Project;
beforeEach(async () => {
  project = await makeProject({ "tasks/hello.ts": waiting });
});
afterEach(() => project.end());

test("the first runner loads the code while another process says which tasks are in it", async () => {
  const LOADED = `${project.path}/loaded`;
  const holdfast = await project.start({ command: "serve", env: { LOADED } });
  const pids = (await project.read("loaded")).trim().split("\n").map(Number);
  expect(pids.length).toBe(2);
  const { output } = await holdfast.finished(await holdfast.trigger("hello", {}));
  expect(pids).toContain(output);
});

/** The processes that have this folder as theirs. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

test.skipIf(!existsSync("/proc/self"))(
  "of a start whose build fails no process is left that was to load the code",
  async () => {
    await project.write("tasks/hello.ts", "export const = 1;");
    const { code, output } = await project.run("serve", "--port", "0", "--data", project.data);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining("HF407") });
    await vi.waitFor(() => expect(processesIn(project.path)).toEqual([]), { timeout: 30_000 });
  },
);

test("a key that is made is kept once the code is good: before, nobody has been shown it", async () => {
  const isKept = (): boolean => existsSync(`${project.data}/keys.json`);
  await project.write("tasks/hello.ts", "export const = 1;");
  await project.run("serve", "--port", "0", "--data", project.data);
  expect(isKept()).toBe(false);
  await project.write(
    "tasks/hello.ts",
    `import { task } from "holdfast";\nexport const hello = task({ id: "hello", run: async () => 1 });`,
  );
  await project.start({ command: "serve", env: { HOLDFAST_WEBHOOK_SECRET: "" } });
  expect(isKept()).toBe(true);
});
