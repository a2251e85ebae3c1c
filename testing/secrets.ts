/**
 * The secrets of a testkit, kept out of what its stores hold as they are everywhere else.
 */
import { Vault } from "../functions/vault.ts";

/** The version that a testkit's secrets have. */
const version = "testkit";

/** A vault with the testkit's secrets. */
export interface OwnVault {
  readonly vault: Vault;
  readonly isEmpty: boolean;
  /** From now on the secrets are looked for. */
  open(): Promise<void>;
}

/** Makes it. */
export function vaultOf(values: Readonly<Record<string, string>>): OwnVault {
  const vault = new Vault({
    current: async () => version,
    values: async () => ({ version, values, isReplaced: false }),
  });
  return {
    vault,
    isEmpty: Object.keys(values).length === 0,
    async open() {
      await vault.open(version);
    },
  };
}
