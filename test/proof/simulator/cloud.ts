/**
 * AWS: a queue whose messages come late, twice or never, an invocation for each, a tick each minute. `functions/`'s own
 * answers to rings and ticks, on virtual time; the store's appends see no head, as in DynamoDB.
 *
 * Owns:      what an invocation is given, and what becomes of its message.
 */
import type { HeadWrite } from "../../../engine/head-write.ts";
import type { Store, Written } from "../../../engine/ports.ts";
import type { Run } from "../../../engine/run.ts";
import { answerRing, type RingDeps } from "../../../functions/answer-ring.ts";
import { type DelayedDoorbell, ringAhead, ringFor } from "../../../functions/bell.ts";
import { codeOnSecrets } from "../../../functions/code-on-secrets.ts";
import { jsonLog } from "../../../functions/log.ts";
import { sealedPorts } from "../../../functions/sealed-ports.ts";
import { tick } from "../../../functions/tick.ts";
import { isToBeClaimed } from "../../../functions/unseen-claim.ts";
import { watchedStore } from "../../../functions/watched-store.ts";
import { hostOf } from "./host.ts";
import type { Process } from "./process.ts";
import type { Stage } from "./stage.ts";
import { codes, versions } from "./tasks.ts";
import type { World } from "./world.ts";
// Loaded ahead: virtual time would go on while it is read from the disk.
import "../../../functions/refused-ring.ts";

const tickMs = 60_000;
const leaseMs = 30_000;
/** What an invocation may take; how often SQS gives a message out, and after how long again. */
const invocationMs = 900_000;
const receivesMax = 3;
const againMs = 5_000;

const log = jsonLog(
  () => {},
  () => 0,
);

const hashOf = (codeVersion: string): string => codeVersion.slice(codeVersion.indexOf(".") + 1);

class Cloud implements Stage {
  readonly #world: World;
  readonly #leaveAfterMs: number;
  #ticks = 0;
  /** What a stale index has: heads as they were. */
  #before: ReadonlyMap<string, Run> = new Map();

  constructor(world: World, leaveAfterMs: number) {
    this.#world = world;
    this.#leaveAfterMs = leaveAfterMs;
    world.time.at(world.time.now + world.random.below(tickMs), () => this.#ticking());
  }

  caller() {
    const process = this.#world.process("api");
    const bell = this.#bellOf(process);
    return { process, ports: this.#world.portsFor(process, this.#storeOf(process, bell), bell.ring) };
  }

  deploy(): void {}

  /** Leases end by the clock, whoever held them. */
  isKnownOwner(): boolean {
    return true;
  }

  #bellOf(process: Process, isTimer = false): DelayedDoorbell {
    const clock = process.clock();
    const send = (runId: string, delayMs: number): void => {
      const deliver = (): void => this.#invoke(runId, 1);
      process.later(1, () => this.#world.carry(runId, deliver, delayMs, isTimer));
    };
    return {
      ring: (runId) => send(runId, 0),
      ringAt: (runId, at) => send(runId, Math.max(0, at - clock.now())),
      flush: async () => {},
    };
  }

  #storeOf(process: Process, bell: DelayedDoorbell): Store {
    return watchedStore(
      this.#world.storeFor(process),
      (run) => ringAhead(bell, run),
      (runId, at) => ringFor(bell, runId, at),
    );
  }

  /** A message is received: an invocation of the newest code, or of the version that it is handed to. */
  #invoke(runId: string, receives: number, codeVersion = this.#world.codeVersion): void {
    const world = this.#world;
    const process = world.process("invocation");
    const endsAt = world.time.now + invocationMs;
    const deadline = { remainingMs: () => endsAt - world.time.now };
    answerRing(this.#depsOf(process, codeVersion), runId, process.name, deadline).then(
      (what) => world.note(`${process.name} ${runId} ${what}`),
      (error: unknown) => {
        world.note(`${process.name} ${runId} failed: ${error}`);
        const again = (): void => this.#invoke(runId, receives + 1, codeVersion);
        if (receives < receivesMax) world.time.at(world.time.now + againMs, again);
      },
    );
  }

  #depsOf(process: Process, codeVersion: string): RingDeps {
    const world = this.#world;
    const bell = this.#bellOf(process);
    return {
      ports: world.portsFor(process, this.#storeOf(process, bell), bell.ring),
      bell,
      claimUnseen: (id, claim, code, now) => this.#claimUnseen(process, id, claim, code, now),
      async runPass(ports, { run, ...options }) {
        const { code, secrets } = await codeOnSecrets(world.vault, run, async ({ version }) =>
          hostOf(world, process, codeVersion, version),
        );
        return code.runPass(sealedPorts(ports, world.vault), { ...options, secrets });
      },
      secretVersion: () => world.vault.current(),
      queues: codes().get(codeVersion)?.queues ?? {},
      handOff: {
        handOff: async (runId, version) => {
          const found = versions.find((each) => each.startsWith(`${version}.`));
          if (found === undefined) return "versionIsMissing";
          world.carry(runId, () => this.#invoke(runId, receivesMax, found), 0, true);
          return "handedOff";
        },
      },
      codeVersion: hashOf(codeVersion),
      version: codeVersion.slice(0, 1),
      leaseMs,
      leaveAfterMs: this.#leaveAfterMs,
      print: () => {},
      log,
    };
  }

  /** DynamoDB says it as one condition. */
  #claimUnseen(
    process: Process,
    runId: string,
    claim: HeadWrite,
    code: string,
    now: number,
  ): Promise<Written> {
    const { store } = this.#world.truth;
    const write: Store["write"] = async (id, change) => {
      const run = await store.read(id);
      const isRefused = run === undefined || !isToBeClaimed(run, code, now);
      return isRefused ? { applied: false, run } : store.write(id, change);
    };
    return this.#world.storeFor(process, { ...store, write }).write(runId, claim);
  }

  #ticking(): void {
    const world = this.#world;
    const fault = world.plan.take("tick", ++this.#ticks);
    if (fault !== undefined) world.disturbed(tickMs);
    if (fault?.what !== "left out") this.#beat(fault?.what === "stale");
    if (fault?.what === "doubled") world.time.at(world.time.now + fault.ms, () => this.#beat(false));
    world.time.at(world.time.now + tickMs, () => this.#ticking());
  }

  #beat(isStale: boolean): void {
    const process = this.#world.process("timer");
    const bell = this.#bellOf(process, true);
    const now = new Map(this.#world.truth.heads);
    const heads = [...(isStale ? this.#before : now).values()];
    this.#before = now;
    // The index may be old, the heads are not.
    const { truth } = this.#world;
    async function* wakes(at: number, until: number) {
      for (const indexed of heads) {
        const run = (indexed.wakeAt ?? Infinity) <= until ? truth.heads.get(indexed.id) : undefined;
        const { wakeAt = Infinity, owner, leaseUntil = Infinity } = run ?? {};
        if (run !== undefined && wakeAt <= until && (owner === undefined || leaseUntil <= at)) yield { run };
      }
    }
    const lostRings = { receive: async () => [], remove: async () => {} };
    const ports = { clock: process.clock(), store: { ...this.#storeOf(process, bell), wakes } };
    tick({ ports, bell, lostRings, tickMs, log }).then(
      ({ rung, freed }) => this.#world.note(`tick rings ${rung}, frees ${freed}`),
      () => {},
    );
  }
}

/** Puts the cloud up. `leaveAfterMs`: how long a pass begins new units. */
export const cloud = (world: World, leaveAfterMs: number): Stage => new Cloud(world, leaveAfterMs);
