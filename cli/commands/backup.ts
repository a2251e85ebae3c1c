/** `holdfast backup` and `holdfast restore`: a copy of one machine's data folder, and the way back. */
import type { Command } from "commander";
import { type Cli, type CommonOptions, defaultData, newCommand } from "../command.ts";

interface Options extends CommonOptions {
  readonly data: string;
}

/** `holdfast backup`. */
export function backupCommand({ screen }: Cli): Command {
  return newCommand("backup", "copy the data folder to a new folder, also while a server works on it", [
    "backup ../backups/2026-11-26",
    "backup /mnt/backups/today --data /var/lib/holdfast",
  ])
    .argument(
      "<folder>",
      "a folder that is not there yet; it holds secrets and keys, so keep it as safe as the data folder",
    )
    .option("--data <folder>", "data folder", defaultData)
    .action(async (folder: string, { data, json }: Options) => {
      const { makeBackup } = await import("../../local/backup.ts");
      const made = await makeBackup(data, folder, new Date());
      if (json) return screen.json({ folder, ...made });
      screen.say(`Copied ${data} to ${folder}.`);
      screen.note("It holds the keys and secrets of the project: keep it as safe as the data folder.");
    });
}

/** `holdfast restore`. */
export function restoreCommand({ screen }: Cli): Command {
  return newCommand("restore", "put a backup into a data folder that has no runs; no server may use it", [
    "restore ../backups/2026-11-26",
    "restore /mnt/backups/today --data /var/lib/holdfast",
  ])
    .argument("<folder>", "a folder that `holdfast backup` has made")
    .option("--data <folder>", "data folder", defaultData)
    .action(async (folder: string, { data, json }: Options) => {
      const { restoreBackup } = await import("../../local/backup.ts");
      const made = await restoreBackup(folder, data);
      if (json) return screen.json({ data, ...made });
      screen.say(`Restored the state of ${made.madeAt} into ${data}.`);
      screen.note("Awaits that were recorded after it are made again, with the same idempotency keys.");
    });
}
