/**
 * The hosts, whose passes never hand a secret to the store: what is around them (traces, metrics) sees what is stored.
 */
import { sealedPorts } from "../functions/sealed-ports.ts";
import type { Vault } from "../functions/vault.ts";
import { type Hosts, hostsAround } from "./hosts.ts";

/** The hosts behind a vault. */
export function sealedHosts(hosts: Hosts, vault: Vault): Hosts {
  return hostsAround(hosts, (host) => (ports, options) => host.runPass(sealedPorts(ports, vault), options));
}
