/** The secrets of the tasks on this machine, for the API: names, and changes of them. */
import type { EnvvarDesk, SecretListing } from "../functions/deps.ts";
import { forTasks } from "../functions/project-secrets.ts";
import { changeSecrets, keptSecrets, secretVersions } from "./local-secrets.ts";

function listed(dataFolder: string): SecretListing {
  const versions = secretVersions(dataFolder)
    .reverse()
    .flatMap((version) => {
      const kept = keptSecrets(dataFolder, version);
      return kept === undefined ? [] : [{ version: String(version), ...kept }];
    });
  const [{ env, set } = { env: {}, set: {} }] = versions;
  const names = Object.keys(forTasks({ ...env, ...set })).sort();
  return {
    secrets: names.map((name) => ({ name, from: Object.hasOwn(set, name) ? "set" : ".env" })),
    versions: versions.map(({ version, createdAt }) => ({ version, createdAt })),
    isComplete: true,
  };
}

/** Those of a data folder. */
export function envvarDesk(dataFolder: string, stage: string): EnvvarDesk {
  return {
    stage,
    listed: async () => listed(dataFolder),
    async current() {
      const version = secretVersions(dataFolder).at(-1);
      return version === undefined ? undefined : String(version);
    },
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
