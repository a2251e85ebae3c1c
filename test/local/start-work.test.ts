/** What the start of a process that works on runs is made of: counted in what it loads, not in time. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundle } from "../../transform/bundle.ts";
import { linkHoldfast, makeFolder, root } from "../world/place.ts";

const run = promisify(execFile);

test("what fetch is made of is loaded by the first run that needs it, not with the code of the tasks", async () => {
  const host = pathToFileURL(join(root, "dist", "sdk", "host.js")).href;
  const program = `
    const isLoaded = () => process.moduleLoadList.some((name) => name.includes("undici"));
    await import(${JSON.stringify(host)});
    const before = isLoaded();
    new Headers();
    process.stdout.write(JSON.stringify([before, isLoaded()]));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
  expect(JSON.parse(stdout)).toEqual([false, true]);
});

test("a build reads four files of Holdfast, not three hundred", async () => {
  const folder = await makeFolder("few-files");
  try {
    await linkHoldfast(folder.path);
    await mkdir(join(folder.path, "tasks"));
    const text = `import { task } from "holdfast";\nexport const hello = task({ id: "hello", run: async () => 1 });`;
    await writeFile(join(folder.path, "tasks", "hello.ts"), text);
    const { inputs } = await bundle({ dir: join(folder.path, "tasks"), packageRoot: root });
    expect(inputs).toEqual([
      "holdfast/dist/prepared/all.js",
      "holdfast/dist/prepared/host.js",
      "holdfast/dist/prepared/index.js",
      "holdfast/dist/prepared/runtime.js",
      "tasks/hello.ts",
    ]);
  } finally {
    await folder.remove();
  }
});
