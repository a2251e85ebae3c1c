/**
 * When a key was used last, at the price of one note in a while.
 *
 * Invariant: a key that is in use is noted at most once in `everyMs` by one process, however many requests it makes.
 */

/** Calls `note` for a key that has not been noted for so long. */
export function noteUses(
  everyMs: number,
  note: (keyId: string, at: number) => void,
): (keyId: string, at: number) => void {
  const noted = new Map<string, number>();
  return (keyId, at) => {
    const last = noted.get(keyId);
    if (last !== undefined && at - last < everyMs) return;
    noted.set(keyId, at);
    note(keyId, at);
  };
}
