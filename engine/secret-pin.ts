/**
 * Which version of the project's secrets a run sees: the one that was current when it was claimed first.
 *
 * Owns:      the check that a pass works with that version, and the note on the head where it cannot any more.
 * Never:     knows a value.
 * Invariant: a pass goes on only if its code was loaded with the version that stands on the head.
 */
import { type Lease, putBack, repin } from "./head-write.ts";
import type { PassEnd } from "./pass-options.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";

/** The version that the code of a pass was loaded with. */
export interface LoadedSecrets {
  /** Undefined: there are no secrets. */
  readonly version: string | undefined;
  /** The version that it stands in for: that one is gone, or was revoked. */
  readonly replaces?: string;
  /** The task wants the newest version in each pass. */
  readonly isLatest?: boolean;
}

/** The claimed run, on this version; or how the pass ends, where it is on another one or taken over. */
export async function onVersion(
  ports: Ports,
  run: Run,
  lease: Lease,
  loaded: LoadedSecrets | undefined,
): Promise<Run | PassEnd["outcome"]> {
  if (loaded === undefined || loaded.version === run.secretVersion) return run;
  const { version, replaces, isLatest } = loaded;
  const now = ports.clock.now();
  const isGone = replaces !== undefined && replaces === run.secretVersion;
  if (isGone || isLatest) {
    const replaced = isGone && !isLatest ? { version: replaces, at: now } : undefined;
    const written = await ports.store.write(run.id, repin(lease, now, version, replaced));
    return written.applied && written.run !== undefined ? written.run : "superseded";
  }
  // It was claimed by somebody else, on another version, between our look and the claim.
  const { applied } = await ports.store.write(run.id, putBack(run, lease.owner, now));
  return applied ? "otherVersion" : "superseded";
}
