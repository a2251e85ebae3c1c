/**
 * `npm run bench -- --engine`: what the engine itself costs, without a store worth the name: CPU of this process for each
 * live await, each replayed one and each instrumented synchronous call, and whether that stays level up to 100,000 awaits.
 */
import { createHash, randomBytes } from "node:crypto";
import { collectingDoorbell, memorySpill } from "../engine/memory-ports.ts";
import { memoryStore } from "../engine/memory-store.ts";
import type { Ports } from "../engine/ports.ts";
import { startRun } from "../engine/start.ts";
import { runPass } from "../sdk/host.ts";
import { loadDurable } from "../test/random/load.ts";

/** One figure of the engine. */
export interface EngineFigure {
  readonly name: string;
  readonly unit: string;
  readonly aim: string;
  readonly value: number;
}

const source = `
import { task } from "holdfast";
import { lib } from "outside";
task({ id: "awaits", run: async (n: number) => { let sum = 0; for (let i = 0; i < n; i++) sum += await lib.value(i); await lib.last(); await lib.pause(); return sum; } });
task({ id: "calls", run: async (n: number) => { let sum = 0; for (let i = 0; i < n; i++) sum += lib.plain(i); return sum; } });
task({ id: "objects", run: async (n: number) => { let sum = 0; for (let i = 0; i < n; i++) sum += (await lib.object({ id: i, name: "a customer", tags: ["a", "b"] })).total; return sum; } });
`;

const lib = {
  /** Called behind all others: tells the pass to leave. */
  last: async (): Promise<void> => {},
  value: async (i: number): Promise<number> => i,
  pause: async (): Promise<void> => {},
  plain: (i: number): number => i,
  object: async (given: { id: number }): Promise<{ total: number; lines: string[] }> => ({
    total: given.id,
    lines: ["one line of the order", "another line of the order"],
  }),
};

function memoryPorts(): Ports {
  return {
    store: memoryStore(),
    doorbell: collectingDoorbell(),
    spill: memorySpill(),
    clock: {
      now: Date.now,
      after(ms, fn) {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
      turn: (fn) => void setImmediate(fn),
    },
    chance: {
      id: (prefix) => `${prefix}${createHash("sha256").update(randomBytes(16)).digest("hex").slice(0, 24)}`,
      fraction: Math.random,
    },
  };
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function costOf(work: () => Promise<unknown>): Promise<number> {
  const from = cpuMs();
  await work();
  return cpuMs() - from;
}

/** Milliseconds of CPU of a run's first pass, and of the pass that finds all of it in the journal. */
async function passes(task: string, count: number): Promise<{ live: number; replayed: number }> {
  const ports = memoryPorts();
  const { id } = await startRun(ports, {
    task: `${task}-bench`,
    payload: count,
    codeVersion: "1",
    source: "api",
  });
  const leaving = new AbortController();
  lib.last = async () => leaving.abort();
  const pass = (signal?: AbortSignal): Promise<unknown> =>
    runPass(ports, { runId: id, owner: ports.chance.id("p"), signal });
  // The last await is in flight when the pass is told to leave: the next pass finds all of them.
  const live = await costOf(() => pass(leaving.signal));
  lib.last = async () => {};
  return { live, replayed: await costOf(pass) };
}

/** The middle one of an odd number of repetitions. */
async function middle(times: number, measure: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push(await measure());
  return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** Measures; `size` is a factor on all counts. */
export async function measureEngine(size: number, tell: (figure: EngineFigure) => void): Promise<void> {
  loadDurable(source, "bench", { outside: { lib } });
  const count = Math.round(2_000 * size);
  await passes("awaits", count); // warms the code up
  const us = (name: string, aim: string, value: number): void => tell({ name, unit: "µs CPU", aim, value });
  const replays: number[] = [];
  const live = await middle(5, async () => {
    const { live: first, replayed } = await passes("awaits", count);
    replays.push((replayed * 1_000) / count);
    return (first * 1_000) / count;
  });
  us("a live await of a small value", "≤ 35", live);
  us("a replayed await of a small value", "≤ 8", replays.sort((a, b) => a - b)[2] ?? Number.NaN);
  us(
    "a live await of an object of 100 bytes",
    "",
    await middle(5, async () => ((await passes("objects", count)).live * 1_000) / count),
  );
  const calls = count * 50;
  us(
    "an instrumented synchronous call",
    "≤ 1.5",
    await middle(5, async () => ((await passes("calls", calls)).live * 1_000) / calls),
  );
  const many = Math.round(100_000 * size);
  const { live: long, replayed: longReplayed } = await passes("awaits", many);
  us(`a live await of ${many.toLocaleString("en")} in one run`, "level", (long * 1_000) / many);
  us("a replayed one of those", "level", (longReplayed * 1_000) / many);
  const resume = await middle(5, async () => (await passes("awaits", 1_000)).replayed);
  tell({ name: "a resume behind 1,000 recorded awaits", unit: "ms CPU", aim: "< 100", value: resume });
}
