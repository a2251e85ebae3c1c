/**
 * What a run has got going outside of JavaScript: timers, sockets, files.
 *
 * Owns:      the timers and servers that code of a life has begun, so that they end with it.
 * Never:     touches what was begun elsewhere.
 */
import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** Something that a life has begun, as Node knows it. */
interface Resource {
  hasRef?: () => boolean;
  [key: symbol]: unknown;
}

/** One life of the process that works on the runs: from a start to a crash, or to the end. */
export class Life {
  readonly timers = new Map<number, Resource>();
  readonly servers = new Map<number, Resource>();
  isOver = false;

  /** Does a timer of this life go on that keeps a process up? */
  get hasTimer(): boolean {
    for (const timer of this.timers.values()) if (timer.hasRef?.() === true) return true;
    return false;
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
    (type === "Timeout" ? life.timers : life.servers).set(id, resource as Resource);
  },
  destroy(id) {
    const life = lives.get(id);
    if (life === undefined) return;
    lives.delete(id);
    life.timers.delete(id);
    life.servers.delete(id);
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
