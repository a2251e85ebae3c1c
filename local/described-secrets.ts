/**
 * What people are told of the secrets on this machine: names and versions.
 *
 * Never: gives a value away, or how long one is.
 */
import { type KeptSecrets, keptSecrets, secretVersions, valuesOf } from "./local-secrets.ts";

/** A secret that is there now. */
interface DescribedSecret {
  readonly name: string;
  readonly from: ".env" | "set";
  /** The version in which it got the value that it has. */
  readonly since: number;
}

/** A version that is kept. */
interface DescribedVersion {
  readonly version: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Names that were added, changed or removed in it. */
  readonly changed: readonly string[];
}

type Numbered = readonly [version: number, kept: KeptSecrets];

/** Names whose values differ. */
function differing(before: KeptSecrets | undefined, after: KeptSecrets): string[] {
  const old = before === undefined ? {} : valuesOf(before);
  const values = valuesOf(after);
  const names = new Set([...Object.keys(old), ...Object.keys(values)]);
  return [...names].filter((name) => old[name] !== values[name]).sort();
}

/** The secrets of a data folder, by name, and its versions, newest first. @throws HoldfastError HF412 */
export function describeSecrets(dataFolder: string): {
  readonly secrets: readonly DescribedSecret[];
  readonly versions: readonly DescribedVersion[];
} {
  const kept = secretVersions(dataFolder).flatMap((version): Numbered[] => {
    const found = keptSecrets(dataFolder, version);
    return found === undefined ? [] : [[version, found]];
  });
  const since = new Map<string, number>();
  const versions = kept.map(([version, each], place) => {
    const changed = differing(kept[place - 1]?.[1], each);
    for (const name of changed) since.set(name, version);
    return { version, createdAt: new Date(each.createdAt).toISOString(), changed };
  });
  const now = kept.at(-1)?.[1] ?? { createdAt: 0, env: {}, set: {} };
  const secrets = Object.keys(valuesOf(now))
    .sort()
    .map((name) => ({
      name,
      from: name in now.set ? ("set" as const) : (".env" as const),
      since: since.get(name) ?? 0,
    }));
  return { secrets, versions: versions.reverse() };
}
