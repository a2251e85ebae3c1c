/**
 * The secrets of a project, by version: in AWS one secret of Secrets Manager (`aws/secrets.ts`), on one machine `.env` and
 * what `holdfast secrets set` has kept (`local/local-secrets.ts`).
 */

/** The values of a version, by name. */
export type SecretValues = Readonly<Record<string, string>>;

/** What a pass is given. */
export interface SecretVersion {
  /** The version that the values are of; undefined: there are no secrets yet. */
  readonly version: string | undefined;
  readonly values: SecretValues;
  /** True where the version asked for is gone or revoked, and these are the current one's values. */
  readonly isReplaced: boolean;
}

/** The secrets of a project. Values of a version never change. */
export interface ProjectSecrets {
  /** The version that a run claimed now for the first time is pinned to. */
  current(): Promise<string | undefined>;
  /** The values of a version; of the current one where none is given. @throws HoldfastError HF411, HF412 */
  values(version: string | undefined): Promise<SecretVersion>;
}

/** Holdfast's own keys: they are taken out of texts like all others, and no task gets to see them. */
const isOwn = (name: string): boolean => name.startsWith("HOLDFAST_");

/** What of a version the tasks get to see. */
export const forTasks = (values: SecretValues): SecretValues =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isOwn(name)));
