/**
 * Encryption of run data in AWS: the project's key is the text of a secret of its own, under a KMS key of the project.
 *
 * Owns:      when that secret is read: once per process, and again every ten minutes, so that a key that was put into it opens.
 * Never:     is loaded where the stack has no encryption: `functions/lazy-encryption.ts` decides that.
 * Invariant: keys that were read stay good while the secret cannot be read again.
 */
import { HoldfastError } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports.ts";
import { encryptedPorts } from "../encryption/encrypted-ports.ts";
import { type KeyRing, keyRing } from "../encryption/key-ring.ts";
import type { Encryption, ReadSecret } from "../lazy-encryption.ts";

/** How long keys are taken for all that there are. */
const renewMs = 600_000;

/** What it is made of. */
export interface EncryptionOptions {
  /** ARN of the secret that holds the keys: a line for each, the newest first. */
  readonly secretId: string;
  readonly read: ReadSecret;
  readonly clock: Pick<Clock, "now">;
}

function missing(secretId: string): HoldfastError {
  const fix = "Make it: holdfast deploy does, and so does holdfast key --stack <stack>.";
  return new HoldfastError("HF411", `There is no encryption key yet in ${secretId}.`, fix);
}

/** Reads the keys. @throws HoldfastError HF411 */
export async function openEncryption(options: EncryptionOptions): Promise<Encryption> {
  const { secretId, read, clock } = options;
  const first = await read(secretId);
  if (first === undefined) throw missing(secretId);
  let newest = keyRing(first);
  let readAt = clock.now();
  const ring: KeyRing = {
    seal: (place, text) => newest.seal(place, text),
    open: (place, text) => newest.open(place, text),
    newRunKey: (runId) => newest.newRunKey(runId),
    runKey: (runId, dataKey) => newest.runKey(runId, dataKey),
    derived: (use) => newest.derived(use),
  };
  return {
    ports: (ports) => encryptedPorts(ports, ring),
    linkKey: () => ring.derived("links to large values"),
    async renew() {
      if (clock.now() < readAt + renewMs) return;
      readAt = clock.now();
      const text = await read(secretId).catch(() => undefined);
      if (text !== undefined) newest = keyRing(text);
    },
  };
}
