/** Task folders in a monorepo, built and run as they are: what is the author's is recorded, wherever it lies. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { makeMonorepo } from "../world/monorepo.ts";
import type { Folder } from "../world/place.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await makeMonorepo();
});
afterAll(() => folder?.remove());

/** Starts Holdfast in a package of the monorepo. */
const startIn = (name: string, tasks: string): Promise<Holdfast> => {
  const project = join(folder.path, "packages", name);
  return startHoldfast({ project, tasks, data: join(folder.path, `data-${name}`) });
};

/** A run's output, and where each of its checkpoints was made. */
async function ran(holdfast: Holdfast, task: string, payload: unknown) {
  const id = await holdfast.trigger(task, payload);
  const { status, output } = await holdfast.finished(id);
  const units = (await holdfast.checkpoints(id)).filter((row) => row.status === "COMPLETED");
  return { status, output, files: units.map(({ name, file }) => `${name} ${file}`) };
}

describe("a package of a monorepo", () => {
  let holdfast: Holdfast;
  beforeAll(async () => {
    holdfast = await startIn("worker", "src/tasks");
  });
  afterAll(() => holdfast?.stop());

  test("calls workspaces, CommonJS and ES modules, and what its path aliases mean; each package has its own", async () => {
    const { status, output, files } = await ran(holdfast, "everything", { n: 3 });
    expect([status, output]).toEqual([
      "COMPLETED",
      ["charged 6", "old 3", "old 3", "nearby 3", "mailed 3", "esm 3", "cjs 3", "named 3"],
    ]);
    // The workspaces' awaits are recorded each for itself, those of npm's packages as one call.
    expect(files).toEqual([
      "sleep ../shared/src/index.ts",
      "sleep ../shared/lib/twice.ts",
      "sleep ../legacy/index.js",
      "sleep ../legacy/index.js",
      "sleep src/deep/helper.ts",
      "sleep ../mail/src/send.ts",
      "wait.for src/tasks/everything.ts",
      "esmOnly src/tasks/everything.ts",
      "cjsOnly src/tasks/everything.ts",
      "named src/tasks/everything.ts",
    ]);
  });

  test("has standard decorators, whose methods' awaits are recorded", async () => {
    const { status, output, files } = await ran(holdfast, "standard-decorators", "ann");
    const seen = ["class Mailer", "method make", "method send", "set host"];
    expect([status, output]).toEqual(["COMPLETED", ["ann by mail.example:50", "x by mail.example:50", seen]]);
    expect(files.filter((each) => each === "sleep src/tasks/standard.ts")).toHaveLength(3);
  });
});

test("a package whose tsconfig.json asks for them has TypeScript's own decorators, in the task file itself", async () => {
  const holdfast = await startIn("orm", "tasks");
  try {
    const { status, output, files } = await ran(holdfast, "experimental-decorators", "ann");
    const seen = ["class Mailer", "method send", "parameter port 0", "property host"];
    expect([status, output]).toEqual(["COMPLETED", ["ann by mail.example:25", "x by mail.example:25", seen]]);
    expect(files.filter((each) => each === "sleep tasks/experimental.ts")).toHaveLength(2);
  } finally {
    await holdfast.stop();
  }
});
