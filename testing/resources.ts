/**
 * What a run has got going outside of JavaScript: timers, sockets, files.
 *
 * Owns:      the timers and servers that code of a life has begun, so that they end with it; what a timer that goes off means
 *            for the time of the world.
 * Never:     touches what was begun elsewhere.
 */
import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** Something that a life has begun, as Node knows it. */
interface Resource {
  hasRef?: () => boolean;
  /** How long a timer takes, in milliseconds. */
  _idleTimeout?: number;
  /** Begins a timer anew. */
  refresh?: () => unknown;
  [key: symbol]: unknown;
}

/** The time of a world, as far as its real timers move it on. */
export interface MovedTime {
  now(): number;
  moveTo(at: number): void;
}

/** One life of the process that works on the runs: from a start to a crash, or to the end. */
export class Life {
  readonly #time: MovedTime;
  /** When timers go off, in the time of the world. */
  readonly #due = new Map<number, number>();
  /** How long those take that were hurried. */
  readonly #usual = new Map<number, number>();
  readonly timers = new Map<number, Resource>();
  readonly servers = new Map<number, Resource>();
  isOver = false;

  constructor(time: MovedTime) {
    this.#time = time;
  }

  /** A timer was set. */
  set(id: number, timer: Resource): void {
    this.timers.set(id, timer);
    this.#due.set(id, this.#time.now() + (timer._idleTimeout ?? 0));
  }

  /** A timer goes off: so much time has gone by for the world, too. One of an interval is set once more. */
  goesOff(id: number): void {
    const due = this.#due.get(id);
    if (due === undefined) return;
    this.#time.moveTo(due);
    const timer = this.timers.get(id);
    this.#due.set(id, this.#time.now() + (this.#usual.get(id) ?? timer?._idleTimeout ?? 0));
    this.#usual.delete(id);
  }

  forget(id: number): void {
    this.timers.delete(id);
    this.#due.delete(id);
    this.#usual.delete(id);
    this.servers.delete(id);
  }

  /** The next timer that goes off of those that keep a process up. */
  get nextTimer(): { readonly id: number; readonly at: number } | undefined {
    let next: { id: number; at: number } | undefined;
    for (const [id, timer] of this.timers) {
      const at = this.#due.get(id);
      if (at !== undefined && timer.hasRef?.() === true && (next === undefined || at < next.at))
        next = { id, at };
    }
    return next;
  }

  /** Nothing happens until a timer goes off: it does so now. An interval comes back to its own time. */
  hurry(id: number): void {
    const timer = this.timers.get(id);
    if (timer === undefined) return;
    const usual = timer._idleTimeout;
    timer._idleTimeout = 1;
    timer.refresh?.();
    if (usual !== undefined) this.#usual.set(id, usual);
  }

  /** The process is gone: its timers never go off, and its servers listen no more. */
  end(): void {
    this.isOver = true;
    for (const timer of this.timers.values())
      if (timer.hasRef?.() === true) clearTimeout(timer as unknown as NodeJS.Timeout);
    for (const handle of this.servers.values()) ownerOf(handle)?.close?.();
    this.timers.clear();
    this.servers.clear();
  }
}

/** The `net.Server` of a handle. */
function ownerOf(handle: Resource): { close?: () => void } | undefined {
  const symbol = Object.getOwnPropertySymbols(handle).find(
    ({ description }) => description === "owner_symbol",
  );
  return symbol && (handle[symbol] as { close?: () => void } | undefined);
}

/** In which life code runs. */
export const currentLife = new AsyncLocalStorage<Life>();

const lives = new Map<number, Life>();
const hook = createHook({
  init(id, type, _trigger, resource) {
    if (type !== "Timeout" && type !== "TCPSERVERWRAP" && type !== "PIPESERVERWRAP") return;
    const life = currentLife.getStore();
    if (life === undefined) return;
    lives.set(id, life);
    if (type === "Timeout") life.set(id, resource as Resource);
    else life.servers.set(id, resource as Resource);
  },
  before(id) {
    lives.get(id)?.goesOff(id);
  },
  destroy(id) {
    const life = lives.get(id);
    if (life === undefined) return;
    lives.delete(id);
    life.forget(id);
  },
});
let watching = 0;

/** Watches resources until the function that it gives is called. */
export function watchResources(): () => void {
  if (watching++ === 0) hook.enable();
  return () => {
    if (--watching === 0) hook.disable();
  };
}

/** Timers are told apart by life, and immediates are turns of the loop. */
const notCounted = new Set(["Timeout", "Immediate"]);

/** How many of each kind are active in the process. */
export function activeResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (!notCounted.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Is there more going on than there was? */
export function hasMore(before: ReadonlyMap<string, number>): boolean {
  for (const [kind, count] of activeResources()) if (count > (before.get(kind) ?? 0)) return true;
  return false;
}
