/**
 * A small world for engine tests: the memory store, a virtual clock, passes that can crash at any port call.
 *
 * Owns:      virtual time: it moves only when nothing else can.
 * Invariant: the same seed gives the same trace.
 */
import { decode } from "../../engine/codec.ts";
import { withLastEntry } from "../../engine/last-entry.ts";
import { memorySpill } from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Started, StartRequest } from "../../engine/new-run.ts";
import type { Clock, JournalEntry, Ports, Store } from "../../engine/ports.ts";
import { fromText, type JournalRecord, toText } from "../../engine/record.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import type { LineAt } from "../../engine/run-logs.ts";
import { startRun } from "../../engine/start.ts";
import { type SeenPass, watchPass } from "../../functions/seen-pass.ts";
import { runPass, wakePass } from "../../sdk/host.ts";
import { findTask } from "../../sdk/registry.ts";
import { hearsOfEnds } from "../../sdk/task-code.ts";
import { seeded } from "../../testing/seeded.ts";
import { VirtualClock } from "./world-clock.ts";
import "../../testing/loaded-ahead.ts";

export { seeded };

/** Real turns of the event loop that must pass without anything new before time may move. */
const idleTurns = 12;

/** Where a fault strikes: before a port call applies, or after it applied and before the caller knows. */
export type Strike = "before" | "after" | undefined;

export interface WorldOptions {
  readonly seed?: number;
  /** Decides for each store call of a pass whether the pass crashes there. */
  readonly strike?: (call: string, count: number) => Strike;
  /** Longest latency of a store call in virtual milliseconds; 0: at once. */
  readonly latencyMs?: number;
  /** Leases by the clock, of this length; absent: a lease is its process's life. */
  readonly leaseMs?: number;
  /** After this long a pass begins no new unit. */
  readonly leaveAfterMs?: number;
  /** By how much the answer of a store call of a pass is late, in virtual milliseconds. */
  readonly lateMs?: (call: string, args: readonly unknown[]) => number;
  /** Real input and output is going on: it is waited for before virtual time moves. */
  readonly realIo?: boolean;
  /** How long it takes until a dead pass is noticed, in virtual milliseconds; 5 by default. */
  readonly releaseMs?: number;
  /** Rings are lost: only the timer finds runs. */
  readonly dropRings?: boolean;
  /** The last record of a run may go with the run's end, as in AWS. */
  readonly joinsLast?: boolean;
  /** Gets each pass that has ended, as metrics and traces do. */
  readonly told?: (pass: SeenPass) => void;
}

export class World {
  readonly clock = new VirtualClock();
  readonly store = memoryStore();
  readonly spill = memorySpill();
  readonly random: () => number;
  readonly printed: string[] = [];
  /** The same lines, with where they were printed. */
  readonly lines: (LineAt & { readonly text: string })[] = [];
  /** What passes said of themselves: do they only sleep? Changes only. */
  readonly rested: boolean[] = [];
  readonly counts = new Map<string, number>();
  #options: WorldOptions;
  passes = 0;
  crashes = 0;
  calls = 0;
  #live = new Map<string, { owner: string; dead: boolean }>();
  #rings: string[] = [];

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.random = seeded(options.seed ?? 1);
  }

  /** The ports of a healthy outsider. */
  get ports(): Ports {
    return this.#portsFor(undefined);
  }

  #portsFor(pass: { owner: string; dead: boolean } | undefined): Ports {
    const never = new Promise<never>(() => {});
    const clock: Clock = {
      now: () => this.clock.now(),
      after: (ms, fn) => this.clock.after(ms, () => pass?.dead !== true && fn()),
      turn: (fn) => this.clock.turn(() => pass?.dead !== true && fn()),
    };
    const guard = <A extends unknown[], R>(name: string, fn: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        this.calls++;
        this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
        if (pass === undefined) return fn(...args);
        return pass.dead
          ? never
          : this.#struck(pass, this.#options.strike?.(name, this.calls), () => this.#late(name, args, fn));
      };
    };
    const store: Store = {
      create: guard("create", (...a) => this.store.create(...a)),
      adopt: guard("adopt", (...a) => this.store.adopt(...a)),
      free: guard("free", (...a) => this.store.free(...a)),
      read: guard("read", (...a) => this.store.read(...a)),
      write: guard("write", async (...a) => {
        const written = await this.store.write(...a);
        if (!this.#options.dropRings) this.#rings.push(...(written.called ?? []));
        return written;
      }),
      limit: guard("limit", (...a) => this.store.limit(...a)),
      append: guard("append", (...a) => this.store.append(...a)),
      journal: guard("journal", (...a) => this.store.journal(...a)),
      send: guard("send", (...a) => this.store.send(...a)),
      inbox: guard("inbox", (...a) => this.store.inbox(...a)),
      due: (...a) => this.store.due(...a),
      nextWake: () => this.store.nextWake(),
      list: (...a) => this.store.list(...a),
    };
    return {
      store,
      spill: this.spill,
      doorbell: { ring: (runId) => void (this.#options.dropRings || this.#rings.push(runId)) },
      clock,
      chance: {
        id: (prefix) => `${prefix}${Math.floor(this.random() * 2 ** 52).toString(36)}`,
        fraction: () => this.random(),
      },
      hasEndHooks: (id) => {
        const task = findTask(id);
        return task !== undefined && hearsOfEnds(task);
      },
    };
  }

  async #late<A extends unknown[], R>(name: string, args: A, fn: (...args: A) => Promise<R>): Promise<R> {
    const answer = await fn(...args);
    const ms = this.#options.lateMs?.(name, args) ?? 0;
    if (ms > 0) await new Promise<void>((resolve) => void this.clock.after(ms, resolve));
    return answer;
  }

  async #struck<R>(
    pass: { owner: string; dead: boolean },
    strike: Strike,
    call: () => Promise<R>,
  ): Promise<R> {
    if (strike === "before") return this.#crash(pass);
    const latency = this.#options.latencyMs ?? 0;
    if (latency > 0) await new Promise<void>((resolve) => this.clock.after(this.random() * latency, resolve));
    const answer = await call();
    if (strike === "after") return this.#crash(pass);
    return pass.dead ? new Promise(() => {}) : answer;
  }

  /** The process dies here: nothing of the pass goes on, and its lease is freed a little later. */
  #crash(pass: { owner: string; dead: boolean }): Promise<never> {
    pass.dead = true;
    this.crashes++;
    this.clock.after(this.#options.releaseMs ?? 5, () => {
      void this.store.releaseOwner(pass.owner, this.clock.now()).then((ids) => this.#rings.push(...ids));
    });
    return new Promise(() => {});
  }

  /** Kills the pass that works on a run, if there is one. */
  kill(runId: string): boolean {
    const pass = this.#live.get(runId);
    if (pass === undefined || pass.dead) return false;
    void this.#crash(pass);
    return true;
  }

  start(task: string, payload: unknown, more: Partial<StartRequest> = {}): Promise<Started> {
    return startRun(this.ports, { task, payload, codeVersion: "v1", source: "api", ...more });
  }

  #answerRings(): void {
    for (const runId of this.#rings.splice(0)) {
      const live = this.#live.get(runId);
      if (live !== undefined && !live.dead) wakePass(runId);
      else this.#begin(runId);
    }
  }

  #begin(runId: string): void {
    const pass = { owner: `p${++this.passes}`, dead: false };
    this.#live.set(runId, pass);
    const print = (_run: Run, _level: string, parts: readonly unknown[], at: LineAt): void => {
      this.printed.push(parts.join(" "));
      this.lines.push({ text: parts.join(" "), ...at });
    };
    const rests = (isResting: boolean): void => {
      if (this.rested.at(-1) !== isResting) this.rested.push(isResting);
    };
    const { leaseMs, leaveAfterMs, joinsLast, told } = this.#options;
    const ports = this.#portsFor(pass);
    const watched = told && watchPass(ports.store, runId, this.clock, true);
    const store = watched?.store ?? ports.store;
    const options = { runId, owner: pass.owner, print, rests, leaseMs, leaveAfterMs, joinsLast };
    runPass({ ...ports, store }, options)
      .then(({ outcome }) => {
        const seen = watched?.ended(outcome);
        if (seen !== undefined) told?.(seen);
      })
      .finally(() => {
        pass.dead = true;
        if (this.#live.get(runId) === pass) this.#live.delete(runId);
      });
  }

  /** Puts a run of another world into this one, as a queued run with that journal. */
  async copy(head: Run, records: readonly JournalRecord[]): Promise<void> {
    const owner = "copy";
    await this.store.create({ ...head, status: "EXECUTING", owner });
    for (const [index, record] of records.entries()) {
      const entry = { number: index + 1, epoch: record.epoch, data: toText(record) };
      await this.store.append({ runId: head.id, owner, epoch: head.epoch }, entry);
    }
    await this.store.releaseOwner(owner, this.clock.now());
  }

  get #readsFiles(): boolean {
    return (
      this.#options.realIo === true &&
      process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq") || name === "CloseReq")
    );
  }

  #turn(): Promise<void> {
    const { realIo } = this.#options;
    return new Promise((resolve) => void (realIo ? setTimeout(resolve, 2) : setImmediate(resolve)));
  }

  /** Lets the world go on until `done`, or until nothing moves any more. */
  async until(done: () => Promise<boolean> | boolean, limitMs = 10 * 365 * 86_400_000): Promise<void> {
    const limit = this.clock.now() + limitMs;
    for (let idle = 0; ; ) {
      if (await done()) return;
      const before = this.clock.activity + this.calls;
      this.#answerRings();
      await this.#turn();
      if (this.clock.activity + this.calls !== before || this.#readsFiles) idle = 0;
      if (++idle < idleTurns) continue;
      idle = 0;
      const due = await this.store.due(this.clock.now(), 1_000);
      const fresh = due.filter((id) => this.#live.get(id)?.dead !== false);
      if (fresh.length > 0) {
        this.#rings.push(...fresh);
        continue;
      }
      const wake = await this.store.nextWake();
      if (wake !== undefined && wake > this.clock.now()) this.clock.after(wake - this.clock.now(), () => {});
      if (!this.clock.advance(limit)) return;
    }
  }

  /** Lets the world go on until the run has ended; gives its head. */
  async finish(runId: string, limitMs?: number): Promise<Run> {
    await this.until(async () => isFinished((await this.store.read(runId))?.status ?? "QUEUED"), limitMs);
    const run = await this.store.read(runId);
    if (run === undefined) throw new Error(`no run ${runId}`);
    return run;
  }

  async output(runId: string): Promise<unknown> {
    const stored = (await this.store.read(runId))?.output;
    if (stored === undefined) return undefined;
    return decode("inline" in stored ? stored.inline : await this.spill.get(stored.ref));
  }

  async records(runId: string): Promise<JournalRecord[]> {
    const entries: JournalEntry[] = [];
    for (let after = 0, more = true; more; ) {
      const page = await this.store.journal(runId, after);
      entries.push(...page.entries);
      after = page.entries.at(-1)?.number ?? after;
      more = page.more;
    }
    const run = await this.store.read(runId);
    return (run === undefined ? entries : withLastEntry(run, entries)).map(({ data }) => fromText(data));
  }
}
