/**
 * The ports with run data sealed: the store, large values, and the letters of dead runs, which say less.
 *
 * Invariant: the same large value is the same sealed text, and so is kept once, under the hash of what is sealed.
 */
import type { DeadLetters, Ports, Spill, Store } from "../../engine/ports.ts";
import { isEncrypted } from "../../engine/sealed-text.ts";
import type { UnseenClaims } from "../unseen-claim.ts";
import { encryptedStore } from "./encrypted-store.ts";
import type { KeyRing } from "./key-ring.ts";

/** Values are shared by runs, and so belong to the project. */
const valuePlace = "value";

/** A spill whose values are sealed under the project's key; those from before stay as they are. */
export function encryptedSpill<S extends Spill>(spill: S, ring: KeyRing): S {
  return {
    ...spill,
    put: (text) => spill.put(ring.seal(valuePlace, text)),
    async get(ref) {
      const text = await spill.get(ref);
      return isEncrypted(text) ? ring.open(valuePlace, text) : text;
    },
  };
}

/** Letters without what the code threw. */
function quietLetters(letters: DeadLetters): DeadLetters {
  return {
    put: ({ lastGood: _, ...run }) =>
      letters.put({ ...run, error: { name: "Encrypted", message: `holdfast runs show ${run.id}` } }),
  };
}

/** All ports, sealed. */
export function encryptedPorts<P extends Ports & { readonly store: Store & Partial<UnseenClaims> }>(
  ports: P,
  ring: KeyRing,
): P {
  const { store, spill, deadLetters } = ports;
  return {
    ...ports,
    store: encryptedStore(store, ring),
    spill: encryptedSpill(spill, ring),
    ...(deadLetters && { deadLetters: quietLetters(deadLetters) }),
  };
}
