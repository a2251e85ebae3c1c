/** Reads a secret with a client that is loaded for it: for a function that has no other use for one. */
import type { ReadSecret } from "../lazy-encryption.ts";

/** Reads the current text. */
export const lazyReadSecret: ReadSecret = async (secretId) => {
  const [{ secretText }, { makeSecretsClient }] = await Promise.all([
    import("./secrets.ts"),
    import("./secrets-client.ts"),
  ]);
  return secretText(makeSecretsClient(), secretId);
};
