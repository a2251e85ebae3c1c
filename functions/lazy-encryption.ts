/**
 * Encryption of run data, loaded where the stack has it: nobody else waits for its code, or asks for its key.
 */
import type { Ports, Store } from "../engine/ports.ts";
import { realClock } from "./clock.ts";
import type { UnseenClaims } from "./unseen-claim.ts";

/** What a function does with the keys of its stack. */
export interface Encryption {
  /** The ports with run data sealed. */
  ports<P extends Ports & { readonly store: Store & Partial<UnseenClaims> }>(ports: P): P;
  /** Signs links to large values, alike in all processes. */
  linkKey(): Buffer;
  /** To be called with each event: keys that were changed are read now and then. */
  renew(): Promise<void>;
}

/** The current text of a secret; undefined where nothing was put there yet. */
export type ReadSecret = (secretId: string) => Promise<string | undefined>;

/** The encryption of a stack; undefined where it has none. @throws HoldfastError HF411 where its key does not have its form */
export async function encryptionOf(
  secretId: string | undefined,
  read: ReadSecret,
): Promise<Encryption | undefined> {
  if (secretId === undefined) return undefined;
  const { openEncryption } = await import("./aws/encryption.ts");
  return openEncryption({ secretId, read, clock: realClock });
}
