/**
 * What machine and cloud have in common: the store behind faults, processes, rings, versions, the trace.
 *
 * Owns:      where the faults of a plan strike.
 */
import { createHash } from "node:crypto";
import { memorySpill } from "../../../engine/memory-ports.ts";
import type { Ports, Store } from "../../../engine/ports.ts";
import { Vault } from "../../../functions/vault.ts";
import { Ledger } from "./ledger.ts";
import { type Fault, type Place, Plan } from "./plan.ts";
import { Process } from "./process.ts";
import type { Random } from "./random.ts";
import { versions } from "./tasks.ts";
import { VirtualTime } from "./time.ts";
import { type Truth, truth } from "./truth.ts";

/** What a client says when no answer came. */
const timeOutMs = 1_000;

function failure(name: string): Error {
  return Object.assign(new Error(`${name}: the simulation says so`), { name });
}

/** No run waits longer than this past its wake time; on one machine, and for the way of a message and of a call. */
const boundMs = { machine: 1_000 + 30, cloud: 90_000 } as const satisfies Record<Place, number>;

/** The writes and reads of a store that go over the wire. */
const wired = [
  "create",
  "adopt",
  "free",
  "read",
  "write",
  "limit",
  "append",
  "journal",
  "send",
  "inbox",
  "due",
  "nextWake",
] as const;

/** What a call is about. */
function told([first, second]: readonly unknown[]): string {
  if (typeof first !== "object" || first === null) {
    const event = (second as { event?: string } | undefined)?.event;
    return event === undefined ? String(first) : `${first} ${event}`;
  }
  const { id, runId } = first as { id?: string; runId?: string };
  const { number } = (second ?? {}) as { number?: number };
  return number === undefined ? `${id ?? runId}` : `${runId} ${number}`;
}

export class World {
  readonly place: Place;
  readonly time = new VirtualTime();
  readonly begunAt = this.time.now;
  readonly random: Random;
  readonly plan: Plan;
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  readonly truth: Truth;
  readonly ledger: Ledger;
  readonly spill = memorySpill();
  readonly vault: Vault;
  /** The newest code, and the current secrets. */
  codeVersion: string = versions[0];
  secretVersion = "s1";
  calls = 0;
  rings = 0;
  deaths = 0;
  /** Calls that a fault has struck which may cost a pass its run. */
  costly = 0;
  /** Until when something other than a lost ring may have kept a run from going on. */
  disturbedUntil = this.time.now;
  /** How late the latest claim came that nothing but lost rings kept back. */
  latestMs = 0;
  readonly #losesRings: boolean;
  #processes = 0;
  #ids = 0;

  constructor(place: Place, random: Random, faults: readonly Fault[], losesRings: boolean) {
    this.place = place;
    this.random = random;
    this.plan = new Plan(faults);
    this.#losesRings = losesRings;
    this.truth = truth(place, {
      appended: (runId, entry) => this.ledger.appended(runId, entry),
      ended: ({ id, status }) => this.note(`${id} is ${status}`),
      claimed: (before) => this.#claimed(before.wakeAt),
    });
    this.ledger = new Ledger({
      head: (runId) => this.truth.heads.get(runId),
      violated: (what) => this.violated(what),
      note: (what) => this.note(what),
    });
    this.vault = new Vault({
      current: async () => this.secretVersion,
      values: async (version = this.secretVersion) => {
        return { version, values: { TOKEN: `the token of ${version}` }, isReplaced: false };
      },
    });
  }

  note(text: string): void {
    this.trace.push(`${this.time.now - this.begunAt} ${text}`);
  }

  /** The trace, in short. */
  get print(): string {
    return createHash("sha256").update(this.trace.join("\n")).digest("base64url").slice(0, 16);
  }

  violated(what: string): void {
    this.note(`VIOLATION ${what}`);
    this.violations.push(what);
  }

  /** A new process, with a clock that is as wrong as the plan says. */
  process(name: string): Process {
    const skew = this.plan.take("process", ++this.#processes);
    return new Process(this.time, `${name}${this.#processes}`, skew?.ms ?? 0);
  }

  /** Something may keep runs from going on for `ms`, and until it has been noticed. */
  disturbed(ms = 0): void {
    const until = this.time.now + ms + 2 * boundMs[this.place];
    this.disturbedUntil = Math.max(this.disturbedUntil, until);
  }

  #claimed(wakeAt: number | undefined): void {
    if (wakeAt === undefined || wakeAt < this.disturbedUntil) return;
    const late = this.time.now - wakeAt;
    this.latestMs = Math.max(this.latestMs, late);
    if (late > boundMs[this.place]) this.violated(`a run was claimed ${late} ms past its wake time`);
  }

  /** The store, as a process reaches it. */
  storeFor(process: Process, inner: Store = this.truth.store): Store {
    const methods = wired.map((name) => {
      const apply = inner[name] as (...args: unknown[]) => Promise<unknown>;
      return [name, (...args: unknown[]) => this.#call(process, name, () => apply(...args), args)];
    });
    return { ...inner, ...(Object.fromEntries(methods) as Pick<Store, (typeof wired)[number]>) };
  }

  /** One call over the wire, with what the plan does to it. */
  #call<T>(process: Process, name: string, apply: () => Promise<T>, args: readonly unknown[]): Promise<T> {
    const fault = this.plan.take("call", ++this.calls);
    const [wire, back] = [this.#latency(), this.#latency()];
    if (fault !== undefined && fault.what !== "throttled") this.costly++;
    this.note(`${process.name} ${name} ${told(args)}${fault ? ` ${fault.what}` : ""}`);
    return new Promise((resolve, reject) => {
      const answer = (ms: number) =>
        apply().then(
          (value) => process.later(ms, () => resolve(value)),
          (error: unknown) => process.later(ms, () => reject(error)),
        );
      const refuse = (ms: number, error: string): void =>
        void process.later(ms, () => reject(failure(error)));
      const at = (ms: number, fn: () => void): void => void this.time.at(this.time.now + ms, fn);
      switch (fault?.what) {
        case "throttled":
          this.disturbed();
          return refuse(wire, "ThrottlingException");
        case "lost before":
          this.disturbed();
          return refuse(timeOutMs, "TimeoutError");
        case "lost after":
          this.disturbed();
          at(wire, () => void apply());
          return refuse(timeOutMs, "TimeoutError");
        case "late":
          this.disturbed();
          at(timeOutMs + fault.ms, () => void apply());
          return refuse(timeOutMs, "TimeoutError");
        case "slow":
          this.disturbed(fault.ms);
          return at(wire, () => void answer(fault.ms));
        case "dies before":
          return this.kill(process);
        case "dies after":
          return at(wire, () => void apply().then(() => this.kill(process)));
        case "dies later":
          at(wire, () => void answer(back));
          return void process.later(wire + back, () => this.kill(process));
        case "frozen":
          this.disturbed(fault.ms);
          at(wire, () => void answer(back));
          return process.freeze(fault.ms);
        case "frozen before":
          this.disturbed(fault.ms);
          process.freeze(fault.ms);
          return void process.later(wire, () => void answer(back));
        default:
          // What is called in one go with a call that froze goes out when that one does.
          if (process.isFrozen) process.later(wire, () => void answer(back));
          else at(wire, () => void answer(back));
      }
    });
  }

  #latency(): number {
    return this.random.below(this.place === "machine" ? 3 : 14);
  }

  /** A process dies. `died`: who has to know. */
  kill(process: Process): void {
    if (process.isDead) return;
    this.note(`${process.name} dies`);
    process.kill();
    this.deaths++;
    this.disturbed();
    this.died(process);
  }

  /** Told of each death. */
  died: (process: Process) => void = () => {};

  /** Carries a ring; the plan may lose, double or delay it. `isTimer`: the timer's, or a hand-over: not lost where all others are. */
  carry(runId: string, deliver: () => void, delayMs = 0, isTimer = false): void {
    if (this.#losesRings && !isTimer) return;
    const fault = this.#losesRings ? undefined : this.plan.take("ring", ++this.rings);
    if (fault !== undefined) this.note(`ring for ${runId} ${fault.what}`);
    if (fault !== undefined && isTimer) this.disturbed();
    if (fault?.what === "dropped") return;
    const at = (ms: number): void => void this.time.at(this.time.now + delayMs + ms, deliver);
    at(1 + this.#latency() + (fault?.what === "delayed" ? fault.ms : 0));
    if (fault?.what === "doubled") at(fault.ms);
  }

  /** All ports of a process but its bell. */
  portsFor(process: Process, store: Store, ring: (runId: string) => void): Ports {
    return {
      store,
      spill: this.spill,
      doorbell: { ring },
      clock: process.clock(),
      chance: {
        id: (prefix) => `${prefix}${String(++this.#ids).padStart(4, "0")}`,
        fraction: () => this.random.fraction(),
      },
    };
  }
}
