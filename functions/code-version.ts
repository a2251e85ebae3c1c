/**
 * What a run in AWS is pinned to: `<version of the dispatcher>.<hash of its code>`, and if the stack gives the tasks
 * environment variables, `-<hash of these>` behind it.
 *
 * Owns:      the form. `infra/dispatcher.ts` puts it together.
 * Invariant: the hash decides whether code is the same; the version only says where that code is. So a deployment that
 *            changes no code strands no run, and one that goes back to older code takes its runs up again.
 */

/** Is a run that is pinned to `pinned` to be worked on by the code with this hash? */
export function isSameCode(pinned: string, hash: string): boolean {
  return pinned.slice(pinned.lastIndexOf(".") + 1) === hash;
}

/** Is what is pinned to `pinned` the code with this hash, in whatever environment? */
export function isOfCode(pinned: string, codeHash: string): boolean {
  return isSameCode(pinned.replace(/-[^-.]*$/, ""), codeHash);
}

/** The published version that has the code of a run; undefined: the pin does not say. */
export function publishedVersion(pinned: string): string | undefined {
  return /^(\d+)\./.exec(pinned)?.[1];
}
