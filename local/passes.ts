/**
 * The passes of one runner: a ring begins one, or reaches the one that is at work.
 *
 * Owns:      which runs this process works on, and what becomes of a run that no code can be found for.
 * Never:     lets an error of one run reach another.
 * Invariant: at most one pass per run is alive here; a lease that a broken pass left behind is given back.
 */
import { setMaxListeners } from "node:events";
import { HoldfastError } from "../engine/errors.ts";
import { claim, finish, type Lease, putBack } from "../engine/head-write.ts";
import type { MachineName } from "../engine/machines.ts";
import type { Ports } from "../engine/ports.ts";
import { isFinished, type Run } from "../engine/run.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import { codeOnSecrets } from "../functions/code-on-secrets.ts";
import type { Vault } from "../functions/vault.ts";
import type { Host, Hosts } from "./hosts.ts";
import type { Outcome, ToSupervisor } from "./messages.ts";
import { isSuspect } from "./suspects.ts";

/** How long a run rests whose pass could not write to the store, and how often giving it back is tried. */
const restMs = 1_000;
/** Code versions that a run is followed through within one pass. */
const versionsMax = 3;

/** What the passes of a runner need. */
export interface PassesDeps {
  readonly ports: Ports;
  readonly hosts: Hosts;
  readonly vault: Vault;
  readonly owner: string;
  readonly solo: boolean;
  /** The machine that this process is. */
  readonly machine?: MachineName | undefined;
  readonly tell: (message: ToSupervisor) => void;
  readonly log: (line: string) => void;
}

interface Live {
  host?: Host;
  /** A ring came that the pass at work may not have seen. */
  rung: boolean;
  isResting: boolean;
}

/** The passes of a runner. */
export class Passes {
  #codeVersion = "";
  /** Resolves when the queues of the newest code have their limits. */
  #limits: Promise<void> | undefined;
  readonly #deps: PassesDeps;
  readonly #live = new Map<string, Live>();
  readonly #stop = new AbortController();
  #emptied = (): void => {};

  constructor(deps: PassesDeps) {
    this.#deps = deps;
    // Each pass listens, and a runner has many: Node would warn of a leak at the eleventh.
    setMaxListeners(0, this.#stop.signal);
  }

  /** New runs are on this code. It is loaded ahead of their first ring; what is wrong with it is told to a run. */
  newCode(codeVersion: string): void {
    this.#codeVersion = codeVersion;
    this.#limits = this.#currentHost().then(
      (host) => this.#setLimits(host),
      () => {},
    );
    this.#limits.catch(() => {});
  }

  /** The newest code, on the newest secrets. */
  async #currentHost(): Promise<Host> {
    const { vault, hosts } = this.#deps;
    return hosts.get(this.#codeVersion, await vault.open(await vault.current()));
  }

  /** The newest code says how many runs of a queue may be worked on at once. */
  async #setLimits(host: Host): Promise<void> {
    const { store, clock } = this.#deps.ports;
    // Code of an older Holdfast knows a plain limit alone.
    for (const { name, concurrencyLimit, limits = concurrencyLimit } of host.describeQueues?.() ?? [])
      await store.limit(name, limits, clock.now());
  }

  /** Looks at a run. */
  ring(runId: string): void {
    const live = this.#live.get(runId);
    if (live === undefined && this.#stop.signal.aborted) return;
    this.#deps.tell({ kind: "taken", runId });
    if (live === undefined) return void this.#work(runId);
    live.rung = true;
    live.host?.wakePass(runId);
  }

  /** Begins nothing new, and resolves when the last pass is over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#live.size > 0) await new Promise<void>((done) => (this.#emptied = done));
  }

  async #work(runId: string): Promise<void> {
    const live: Live = { rung: false, isResting: false };
    this.#live.set(runId, live);
    let outcome: Outcome = "failed";
    try {
      do {
        live.rung = false;
        outcome = await this.#pass(runId, live);
      } while (live.rung && !this.#stop.signal.aborted && (await this.#isDue(runId)));
    } catch (error) {
      this.#deps.log(`Run ${runId}: its pass broke off. ${told(error)}`);
      await this.#giveBack(runId);
    }
    this.#live.delete(runId);
    this.#deps.tell({ kind: "ended", runId, outcome });
    if (this.#live.size === 0) this.#emptied();
  }

  async #pass(runId: string, live: Live): Promise<Outcome> {
    const { ports, owner } = this.#deps;
    const signal = this.#stop.signal;
    let outcome: Outcome = "busy";
    for (let version = 0; version < versionsMax; version += 1) {
      const run = await ports.store.read(runId);
      if (run === undefined) return "unknown";
      if (await this.#mayHarmOthers(run)) return "alone";
      const found = await this.#hostOf(run);
      if (found === undefined) return "finished";
      const { host, secrets } = found;
      if (this.#belongsElsewhere(run, host)) return "elsewhere";
      live.host = host;
      const rests = (isResting: boolean): void => this.#rests(runId, live, isResting);
      const options = { runId, owner, signal, rests, joinsLast: true, ...(secrets && { secrets }) };
      outcome = (await host.runPass(ports, options)).outcome;
      // Between our look and the claim, somebody has put it on other code or other secrets.
      if (outcome !== "otherVersion") break;
    }
    return outcome;
  }

  /** On a machine of its own a run is alone anyhow. */
  async #mayHarmOthers(run: Run): Promise<boolean> {
    const { ports, solo, machine } = this.#deps;
    if (solo || machine !== undefined || run.deaths === 0 || isFinished(run.status)) return false;
    return isSuspect(ports.store, run);
  }

  /** Has the run to be on another machine than this? All that is left of a finished one can be done on any. */
  #belongsElsewhere(run: Run, host: Host): boolean {
    const { machine, tell } = this.#deps;
    const wanted = isFinished(run.status) ? machine : host.machineOf?.(run);
    if (wanted === machine) return false;
    tell({ kind: "elsewhere", runId: run.id, machine: wanted });
    return true;
  }

  #rests(runId: string, live: Live, isResting: boolean): void {
    if (live.isResting === isResting) return;
    live.isResting = isResting;
    this.#deps.tell({ kind: "rests", runId, isResting });
  }

  /** The code for a run. Without any, the run ends with an error that says so: silence would be worse. */
  async #hostOf(run: Run): Promise<{ readonly host: Host; readonly secrets?: LoadedSecrets } | undefined> {
    const { hosts, vault } = this.#deps;
    if (run.codeVersion === this.#codeVersion) await this.#limits;
    try {
      const { code, secrets } = await codeOnSecrets(vault, run, (opened) =>
        hosts.get(run.codeVersion, opened),
      );
      return { host: code, secrets };
    } catch (error) {
      // All that is left of a finished run is to tell its parent: any code can do that.
      if (isFinished(run.status)) return { host: await this.#currentHost() };
      await this.#fail(run, error);
      return undefined;
    }
  }

  async #fail(run: Run, error: unknown): Promise<void> {
    const { ports, owner, vault } = this.#deps;
    const claimed = await ports.store.write(run.id, claim(owner, ports.clock.now()));
    if (!claimed.applied || claimed.run === undefined) return;
    const { activeMs, attempts, lastNumber, parent, epoch } = claimed.run;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof HoldfastError ? { code: error.code } : {};
    const end = { activeMs, attempts, lastNumber, error: { name, message: vault.mask(message), ...code } };
    const lease: Lease = { runId: run.id, owner, epoch };
    await ports.store.write(run.id, finish(lease, "failed", ports.clock.now(), end, parent !== undefined));
    if (parent !== undefined) ports.doorbell.ring(run.id);
    this.#deps.log(`Run ${run.id} failed: ${message}`);
  }

  async #isDue(runId: string): Promise<boolean> {
    const run = await this.#deps.ports.store.read(runId);
    return run?.wakeAt !== undefined && run.owner === undefined && run.wakeAt <= this.#deps.ports.clock.now();
  }

  /** The pass is over, but it may not have been able to say so: the lease would be held as long as this process lives. */
  async #giveBack(runId: string): Promise<void> {
    const { ports, owner } = this.#deps;
    for (;;) {
      try {
        const run = await ports.store.read(runId);
        if (run?.owner !== owner) return;
        const now = ports.clock.now();
        await ports.store.write(runId, putBack(run, owner, now, now + restMs));
        return;
      } catch (error) {
        this.#deps.log(`Run ${runId} cannot be given back yet. ${told(error)}`);
        await new Promise<void>((done) => void ports.clock.after(restMs, done));
      }
    }
  }
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));
