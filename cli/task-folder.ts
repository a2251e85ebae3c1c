/** Which folder the task files are in. */
import { stat } from "node:fs/promises";
import { noTasks } from "../local/config.ts";

/** Where task files are if nobody says so: ours, and Trigger.dev's. */
const usual = ["tasks", "trigger", "src/tasks", "src/trigger"];

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The folder that was given, else the first of the usual ones. @throws HoldfastError HF403 when it is not there */
export async function taskFolder(given: string | undefined): Promise<string> {
  for (const folder of given === undefined ? usual : [given]) {
    if (await isFolder(folder)) return folder;
  }
  const what =
    given === undefined
      ? `There is none of the folders ${usual.map((each) => `"${each}"`).join(", ")} here.`
      : `There is no folder "${given}".`;
  throw noTasks(what);
}
