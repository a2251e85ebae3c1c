/** Task folders written for a test, and testkits on them. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createTestkit } from "../../testing/index.ts";
import type { Testkit, TestkitOptions } from "../../testing/types.ts";
import { root } from "../world/place.ts";

/** Writes files into a new folder that is gone after the test; gives its path. */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-kit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "package.json": `{ "type": "module" }`, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Links packages of this project into a folder's own `node_modules`. */
async function link(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  for (const name of packages)
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
}

/** A testkit on a task file, or on a whole project whose task files are in `tasks/`. */
export async function kitOf(
  files: string | Readonly<Record<string, string>>,
  { packages = [], ...options }: Partial<TestkitOptions> & { packages?: readonly string[] } = {},
): Promise<Testkit> {
  const folder = await folderOf(typeof files === "string" ? { "tasks/main.ts": files } : files);
  await link(folder, packages);
  const kit = await createTestkit({ dir: join(folder, "tasks"), ...options });
  onTestFinished(() => kit.close());
  return kit;
}

/** What tasks find as `globalThis.outside` until the test is over. */
export function outside<T extends object>(world: T): T {
  Object.assign(globalThis, { outside: world });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, "outside");
  });
  return world;
}

/** The first lines of a task file that talks to `outside`. */
export const imports = `import { AbortTaskRunError, idempotencyKeys, live, logger, queue, schedules, schemaTask, secret, step, task, tasks, wait } from "holdfast";
declare const outside: Record<string, (...args: unknown[]) => Promise<any>> & Record<string, any>;
`;
