/** Which folder the task files are in. */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { noTasks } from "../local/config.ts";

/** Where task files are if nobody says so: ours, and Trigger.dev's. */
const usual = ["tasks", "trigger", "src/tasks", "src/trigger"];

const found = (path: string) => stat(path).catch(() => undefined);
const isFolder = async (path: string): Promise<boolean> => (await found(path))?.isDirectory() === true;

/**
 * The folder that was given; else this one, if it has a `trigger.config`, which says where the files are; else the first of
 * the usual ones, or the only one called `trigger`.
 * @throws HoldfastError HF403 when it is not there
 */
export async function taskFolder(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (await isFolder(given)) return given;
    const isThere = (await found(given)) !== undefined;
    throw noTasks(isThere ? `"${given}" is a file, not a folder.` : `There is no folder "${given}".`);
  }
  const [{ configFileIn }, { triggerFolders }] = await Promise.all([
    import("../transform/project-config.ts"),
    import("../transform/project.ts"),
  ]);
  if (configFileIn(".") !== undefined) return ".";
  for (const folder of usual) if (await isFolder(folder)) return folder;
  const folders = triggerFolders(process.cwd()).map((path) => relative(process.cwd(), path));
  const [only] = folders;
  if (only !== undefined && folders.length === 1) return only;
  const what = `There is no trigger.config here, and none of the folders ${usual.map((each) => `"${each}"`).join(", ")}.`;
  throw noTasks(folders.length === 0 ? what : `${what} Several are called "trigger": ${folders.join(", ")}.`);
}
