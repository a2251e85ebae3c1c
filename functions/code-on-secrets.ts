/**
 * Which copy of the code works on a run: the one that was loaded with the run's version of the secrets.
 *
 * Invariant: a pinned run gets its own version as long as it is there, then the current one; a task that wants the newest
 *            gets that.
 */
import type { Run } from "../engine/run.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import type { SecretVersion } from "./project-secrets.ts";
import type { Vault } from "./vault.ts";

/** What a copy says of its tasks. */
interface Code {
  describeTasks(): readonly { readonly id: string; readonly secrets?: "latest" }[];
}

/** What each copy has said: it is asked in each pass, and always says the same. */
const latest = new WeakMap<Code, ReadonlySet<string>>();

function wantsLatest(code: Code, task: string): boolean {
  const said =
    latest.get(code) ??
    new Set(code.describeTasks().flatMap(({ id, secrets }) => (secrets === "latest" ? [id] : [])));
  latest.set(code, said);
  return said.has(task);
}

/** The code for a run, and what its pass is told of the secrets. `load` gives the copy for a version, and keeps it. */
export async function codeOnSecrets<C extends Code>(
  vault: Vault,
  { task, secretVersion }: Pick<Run, "task" | "secretVersion">,
  load: (secrets: SecretVersion) => Promise<C>,
): Promise<{ readonly code: C; readonly secrets: LoadedSecrets }> {
  const current = await vault.current();
  const pinned = await vault.open(secretVersion ?? current);
  const code = await load(pinned);
  if (wantsLatest(code, task)) {
    const newest = await vault.open(current);
    return { code: await load(newest), secrets: { version: newest.version, isLatest: true } };
  }
  const isGone = pinned.isReplaced && secretVersion !== undefined;
  const secrets = { version: pinned.version, ...(isGone ? { replaces: secretVersion } : {}) };
  return { code, secrets };
}
