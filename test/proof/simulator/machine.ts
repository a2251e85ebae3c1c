/**
 * One machine: a supervisor with its timer, and runners that die and are replaced. `local/`'s own passes, timer and
 * aftermath, on virtual time.
 *
 * Owns:      which runner a ring goes to, and what follows a death: of a runner, or of the supervisor and so of all.
 */
import type { Ports, Store } from "../../../engine/ports.ts";
import { sealedPorts } from "../../../functions/sealed-ports.ts";
import { type AftermathDeps, afterDeath } from "../../../local/aftermath.ts";
import { noticingStore } from "../../../local/noticing-store.ts";
import { Passes } from "../../../local/passes.ts";
import { DeathCount } from "../../../local/suspects.ts";
import { timer } from "../../../local/timer.ts";
import { hostOf, type SimulatedHost } from "./host.ts";
import type { Process } from "./process.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

interface Runner {
  readonly process: Process;
  readonly passes: Passes;
  /** What it is known to work on. */
  readonly runs: Set<string>;
}

const runnersMax = 2;
/** How long it takes to notice a death, and until another process is there. */
const noticeMs = 8;
const startMs = 120;

/** The processes of the machine, from one start of the supervisor to its death. */
class Supervisor {
  readonly process: Process;
  readonly ports: Ports;
  readonly #world: World;
  readonly #runners = new Set<Runner>();
  #solo: Runner | undefined;
  readonly #all = new Map<Process, Runner>();
  readonly #timer: ReturnType<typeof timer>;
  readonly #aftermath: AftermathDeps;

  constructor(world: World) {
    this.#world = world;
    this.process = world.process("supervisor");
    const store = this.#noticed(this.process);
    this.ports = world.portsFor(this.process, store, (runId) => this.ring(runId));
    const { clock } = this.ports;
    this.#timer = timer({
      store,
      clock,
      remind: (runId) => this.ring(runId, true),
      queued: () => 0,
      onError: () => {},
    });
    const { releaseOwner, owners } = world.truth.store;
    this.#aftermath = {
      store: { ...store, releaseOwner, owners },
      clock,
      deaths: new DeathCount(),
      ring: (runId) => this.ring(runId),
      ringAlone: (runId) => void this.process.later(1, () => this.#alone().passes.ring(runId)),
      largerMachine: () => undefined,
      log: (line) => world.note(line),
    };
  }

  /** Frees what is left of the processes before, and starts the runners. */
  async start(): Promise<void> {
    const { truth } = this.#world;
    for (const owner of await truth.store.owners()) await this.#after(owner);
    while (this.#runners.size < runnersMax) this.#runners.add(this.#runner("runner"));
    this.#timer.start();
  }

  #after(owner: string): Promise<void> {
    return afterDeath(this.#aftermath, { owner, outside: true });
  }

  /** Runners end by themselves when their supervisor is gone. */
  stop(): void {
    for (const { process } of this.#runners) process.kill();
    this.#solo?.process.kill();
  }

  deploy(): void {
    for (const { passes } of this.#runners) passes.newCode(this.#world.codeVersion);
  }

  ring(runId: string, isTimer = false): void {
    const deliver = (): void => void this.process.later(0, () => this.#deliver(runId));
    this.#world.carry(runId, deliver, 0, isTimer);
  }

  /** To the runner that works on it, or to any. */
  #deliver(runId: string): void {
    const all = [...this.#runners];
    const isAt = (each: Runner | undefined): boolean => each?.runs.has(runId) === true;
    const any = all[this.#world.random.below(all.length)];
    const at = isAt(this.#solo) ? this.#solo : (all.find(isAt) ?? any);
    at?.process.later(0, () => at.passes.ring(runId));
  }

  #alone(): Runner {
    if (this.#solo === undefined || this.#solo.process.isDead) this.#solo = this.#runner("solo");
    return this.#solo;
  }

  /** The store as a process has it: it says what others wait for. */
  #noticed(process: Process): Store {
    return noticingStore(this.#world.storeFor(process), {
      wake: (at) => {
        const tell = (): void => void this.process.later(0, () => this.#timer.expect(at));
        process.later(1, () => this.#world.carry("the timer", tell));
      },
      finished: () => {},
      called: (runId) => void process.later(0, () => this.ring(runId)),
    });
  }

  #runner(kind: "runner" | "solo"): Runner {
    const world = this.#world;
    const process = world.process(kind);
    const runs = new Set<string>();
    const ring = (runId: string): void => void process.later(0, () => this.ring(runId));
    const hosts = new Map<string, SimulatedHost>();
    const passes = new Passes({
      ports: sealedPorts(world.portsFor(process, this.#noticed(process), ring), world.vault),
      hosts: {
        async get(codeVersion, { version }) {
          const name = `${codeVersion} ${version}`;
          const host = hosts.get(name) ?? hostOf(world, process, codeVersion, version);
          hosts.set(name, host);
          return host;
        },
      },
      vault: world.vault,
      owner: process.name,
      solo: kind === "solo",
      tell: (message) => {
        if (message.kind === "taken") runs.add(message.runId);
        if (message.kind !== "ended") return;
        runs.delete(message.runId);
        if (message.outcome === "alone") this.#aftermath.ringAlone(message.runId);
      },
      log: (line) => world.note(line),
    });
    passes.newCode(world.codeVersion);
    const made = { process, passes, runs };
    this.#all.set(process, made);
    return made;
  }

  /** A runner is gone: its runs go on, and another one takes its place. */
  lost(process: Process): void {
    this.process.later(noticeMs, () => {
      const gone = this.#all.get(process);
      if (gone === this.#solo) this.#solo = undefined;
      if (gone !== undefined && this.#runners.delete(gone))
        this.process.later(startMs, () => void this.#runners.add(this.#runner("runner")));
      void this.#after(process.name).then(() => {
        for (const runId of gone?.runs ?? []) this.ring(runId);
      });
    });
  }
}

/** Puts the machine up. */
export function machine(world: World): Stage {
  let supervisor = new Supervisor(world);
  void supervisor.start();
  world.died = (process) => {
    if (process !== supervisor.process) return supervisor.lost(process);
    supervisor.stop();
    world.time.at(world.time.now + startMs, () => {
      supervisor = new Supervisor(world);
      void supervisor.start();
    });
  };
  return {
    caller: () => ({ ports: supervisor.ports, process: supervisor.process }),
    deploy: () => supervisor.deploy(),
    // Whoever it is, its leases are freed when it is found to be dead.
    isKnownOwner: (owner) => /^(?:runner|solo)\d+$/.test(owner),
  };
}
