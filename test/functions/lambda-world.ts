/**
 * The functions' parts on the memory store and a clock that is moved by hand, for tests: what they rang, logged, handed
 * over and laid down.
 */
import { memorySpill } from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { StartRequest } from "../../engine/new-run.ts";
import type { Clock, Ports } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { startRun } from "../../engine/start.ts";
import type { RingDeps } from "../../functions/answer-ring.ts";
import { type DelayedDoorbell, ringAhead, ringFor } from "../../functions/bell.ts";
import { letters, type Received } from "../../functions/dead-letter.ts";
import { dispatcher, type Failures } from "../../functions/dispatch.ts";
import { jsonLog } from "../../functions/log.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { type Ticked, tick } from "../../functions/tick.ts";
import { isToBeClaimed } from "../../functions/unseen-claim.ts";
import { watchedStore } from "../../functions/watched-store.ts";

const began = Date.UTC(2026, 0, 1);
export const hash = "feedfeedfeedfeed";

/** A clock that stands still until `advance`. */
function handClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = began;
  let timers: { readonly at: number; readonly fn: () => void }[] = [];
  return {
    now: () => now,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    turn: (fn) => void setImmediate(fn),
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await new Promise((done) => setTimeout(done, 5));
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((each) => each !== next);
        now = Math.max(now, next.at);
        next.fn();
      }
      now = until;
    },
  };
}

export interface Rung {
  readonly runId: string;
  /** How far ahead; 0 is at once. */
  readonly inMs: number;
}

/** A doorbell that writes down. */
function handBell(clock: Clock): DelayedDoorbell & { take(): Rung[] } {
  let rung: Rung[] = [];
  return {
    ring: (runId) => void rung.push({ runId, inMs: 0 }),
    ringAt: (runId, at) => void rung.push({ runId, inMs: at - clock.now() }),
    flush: async () => {},
    take() {
      const taken = rung;
      rung = [];
      return taken;
    },
  };
}

/** Everything around a dispatcher and a timer. */
export class LambdaWorld {
  readonly clock = handClock();
  readonly bell = handBell(this.clock);
  readonly lines: Record<string, unknown>[] = [];
  readonly letters: Record<string, unknown>[] = [];
  readonly handedOver: { readonly runId: string; readonly version: string }[] = [];
  /** Published versions of the dispatcher that are there. */
  readonly versions = new Set<string>();
  readonly lost: Received[] = [];
  readonly log = jsonLog(
    (line) => void this.lines.push(JSON.parse(line) as Record<string, unknown>),
    () => this.clock.now(),
  );
  readonly store = watchedStore(
    memoryStore(),
    (run) => ringAhead(this.bell, run),
    (runId, at) => ringFor(this.bell, runId, at),
  );
  readonly ports: Ports;
  #requests = 0;
  #ids = 0;

  constructor() {
    this.ports = {
      store: this.store,
      doorbell: this.bell,
      spill: memorySpill(),
      clock: this.clock,
      chance: { id: (prefix) => `${prefix}${String(++this.#ids).padStart(24, "0")}`, fraction: () => 0.5 },
      deadLetters: letters(
        async (body) => void this.letters.push(JSON.parse(body) as Record<string, unknown>),
        this.log,
      ),
    };
  }

  deps(runPass: RunPass): RingDeps {
    return {
      ports: this.ports,
      bell: this.bell,
      runPass,
      claimUnseen: async (runId, write, code, now, elsewhere) => {
        const run = await this.store.read(runId);
        const isRefused = run === undefined || !isToBeClaimed(run, code, now, elsewhere);
        return isRefused ? { applied: false, run } : this.ports.store.write(runId, write);
      },
      handOff: {
        handOff: async (runId, version) => {
          if (!this.versions.has(version)) return "versionIsMissing";
          this.handedOver.push({ runId, version });
          return "handedOff";
        },
      },
      codeVersion: hash,
      version: "7",
      leaseMs: 30_000,
      leaveAfterMs: 300_000,
      print: () => {},
      log: this.log,
    };
  }

  /** Starts a run; its first ring is taken back. */
  async start(
    codeVersion = `7.${hash}`,
    delayMs?: number,
    more: Partial<StartRequest> = {},
  ): Promise<string> {
    const delay = delayMs === undefined ? {} : { delayUntil: this.clock.now() + delayMs };
    const { id } = await startRun(this.ports, {
      task: "order",
      payload: {},
      codeVersion,
      source: "api",
      ...delay,
      ...more,
    });
    return id;
  }

  async run(runId: string): Promise<Run> {
    const run = await this.store.read(runId);
    if (run === undefined) throw new Error(`no run ${runId}`);
    return run;
  }

  /** One invocation with one message per body. */
  invoke(runPass: RunPass, bodies: readonly string[], limitMs = 900_000): Promise<Failures | undefined> {
    const until = this.clock.now() + limitMs;
    this.#requests += 1;
    return dispatcher(this.deps(runPass))(
      { Records: bodies.map((body, place) => ({ messageId: `m${place}`, body })) },
      { awsRequestId: `request-${this.#requests}`, getRemainingTimeInMillis: () => until - this.clock.now() },
    );
  }

  /** A tick of the timer. `unrung`: runs that the search itself has made due. */
  tick(unrung: readonly string[] = []): Promise<Ticked> {
    const { clock, bell, log } = this;
    const list = () => this.store.list({ limit: 1_000 });
    const store = {
      ...this.store,
      async *wakes(now: number, until: number) {
        const { runs } = await list();
        const isHeld = ({ owner, leaseUntil = 0 }: Run): boolean => owner !== undefined && leaseUntil > now;
        const found = runs.flatMap((run) =>
          run.wakeAt === undefined || run.wakeAt > until || isHeld(run)
            ? []
            : [{ ...run, wakeAt: run.wakeAt }],
        );
        for (const run of found.sort((a, b) => a.wakeAt - b.wakeAt))
          yield { run, ...(unrung.includes(run.id) ? { isUnrung: true as const } : {}) };
      },
    };
    const lostRings = {
      receive: async () => this.lost.slice(0, 10),
      remove: async (receipts: readonly string[]) => {
        const left = this.lost.filter(({ receipt }) => !receipts.includes(receipt));
        this.lost.splice(0, this.lost.length, ...left);
      },
    };
    return tick({ ports: { store, clock }, bell, lostRings, tickMs: 60_000, log });
  }
}

export const ringOf = (runId: string, at?: number): string => JSON.stringify({ runId, at });
