/** Where things are on this machine: the clone, the built command line, and folders to play in. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The clone's root, found from this file, be it source or compiled. */
export const root = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}

/** The command line as people run it. */
export const cli = join(root, "dist", "programs", "main.js");

/** A folder of its own outside the clone, gone after `remove`. */
export interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes an empty folder under the system's temporary folder. */
export async function makeFolder(name: string): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** Gives a folder a `node_modules/holdfast` that is a link to the clone: `import "holdfast"` works there. */
export async function linkHoldfast(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(root, join(folder, "node_modules", "holdfast"), "junction");
}

/** A port that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** The clone's package.json. */
export async function manifest(): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(root, "package.json"), "utf8"));
}
