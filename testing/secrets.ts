/**
 * The secrets of a testkit, kept out of what its stores hold as they are everywhere else.
 */
import type { Ports } from "../engine/ports.ts";
import { sealedPorts } from "../functions/sealed-ports.ts";
import { Vault } from "../functions/vault.ts";

/** The version that a testkit's secrets have. */
const version = "testkit";

/** A vault with the testkit's secrets. */
export interface OwnVault {
  /** From now on the secrets are looked for. */
  open(): Promise<unknown>;
  /** The ports of a pass: no secret gets into what is stored. */
  before(ports: Ports): Ports;
  /** A text of the store with its secrets. */
  reveal(text: string): Promise<string>;
}

/** Makes it. */
export function vaultOf(values: Readonly<Record<string, string>>): OwnVault {
  const vault = new Vault({
    current: async () => version,
    values: async () => ({ version, values, isReplaced: false }),
  });
  const isEmpty = Object.keys(values).length === 0;
  return {
    open: () => vault.open(version),
    before: (ports) => (isEmpty ? ports : sealedPorts(ports, vault)),
    reveal: (text) => vault.reveal(text),
  };
}
