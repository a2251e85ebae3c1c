/** The secrets of the tasks on this machine, for the API: names, and changes of them. */
import type { EnvvarDesk } from "../functions/deps.ts";
import { forTasks } from "../functions/project-secrets.ts";
import { changeSecrets, currentSecrets } from "./local-secrets.ts";

/** Those of a data folder. */
export function envvarDesk(dataFolder: string, stage: string): EnvvarDesk {
  return {
    stage,
    names: async () => Object.keys(forTasks(currentSecrets(dataFolder))).sort(),
    async change(decide) {
      changeSecrets(dataFolder, Date.now(), ({ env, set }) => {
        const decided = Object.entries(
          decide({ fromFile: new Set(Object.keys(env)), set: new Set(Object.keys(set)) }),
        );
        // A value that is there already makes no version.
        const changes = decided.filter(([name, value]) => (set[name] ?? null) !== value);
        if (changes.length === 0) return undefined;
        const after = { ...set };
        for (const [name, value] of changes) {
          if (value === null) delete after[name];
          else after[name] = value;
        }
        return { env, set: after };
      });
    },
  };
}
