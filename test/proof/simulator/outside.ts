/**
 * What the tasks of the simulation import: effects on the ledger, and libraries that are given callbacks.
 *
 * Invariant: how long an effect takes and what it gives follows from its name, stamps apart; it ends with the process that
 *            makes it.
 */
import { currentRun } from "../../../engine/current-run.ts";
import { hashText } from "../../../engine/hash.ts";
import type { Clock } from "../../../engine/ports.ts";
import type { Ledger, PassAtWork } from "./ledger.ts";

/** The pass that a clock was made for. */
const passes = new WeakMap<Clock, PassAtWork>();

/** From now on, what is done on this clock is done by this pass. */
export const atWork = (clock: Clock, pass: PassAtWork): void => void passes.set(clock, pass);

const fractionOf = (text: string): number => Number.parseInt(hashText(text, 5), 36) / 36 ** 5;

/** Not worth another try. */
class Refused extends Error {
  readonly status = 400;
}

/** A live value. */
class Connection {
  readonly socket = { write: () => {} };
  query = (name: string): Promise<string> => effect(name);
  close(): void {}
}

let ledger: Ledger | undefined;

/** What tasks do from now on is written down there. */
export function actOn(now: Ledger): void {
  ledger = now;
}

function here() {
  const run = currentRun.getStore();
  const pass = run && passes.get(run.execution.context.ports.clock);
  if (run === undefined || pass === undefined || ledger === undefined)
    throw new Error("An effect outside a run of the simulation.");
  const { clock } = run.execution.context.ports;
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  return { execution: run.execution, unit: run.unit ?? "none", pass, ledger, sleep };
}

function begun(name: string, argument: unknown) {
  const now = here();
  const { after } = (argument ?? {}) as { after?: string };
  const text = JSON.stringify(argument ?? null);
  const making = now.ledger.begin(now.pass, now.execution, now.unit, name, text, after);
  return { ...now, making };
}

async function effect(name: string, argument?: unknown, ms = 5 + fractionOf(name) * 400): Promise<string> {
  const { sleep } = begun(name, argument);
  await sleep(Math.round(ms));
  return name;
}

async function failing(name: string, error: Error): Promise<never> {
  const { sleep, making } = begun(name, undefined);
  await sleep(20);
  making.hasFailed = true;
  throw error;
}

const pool = async <T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await fn(items[at] as T);
  };
  await Promise.all([worker(), worker()]);
  return results;
};

/** What tasks import as `lib`. */
export const lib = {
  effect,
  pool,
  /** Fails until it has been made so often. */
  flaky: async (name: string, failures: number): Promise<string> => {
    const made = here().ledger.counts.get(name) ?? 0;
    return made < failures ? failing(name, new Error(`${name} is not there yet`)) : effect(name);
  },
  /** Fails for good on the first code, works on the second. */
  broken: async (name: string): Promise<string> =>
    here().pass.codeVersion.startsWith("1.") ? failing(name, new Refused(`${name} is broken`)) : effect(name),
  /** Says `pending` until it has been asked under so many idempotency keys. */
  poll: async (name: string, times: number): Promise<{ status: string; name: string }> => {
    const { ledger: kept } = here();
    await effect(name);
    // Interrupted, it says the same again.
    return { status: kept.keysOf(name) < times ? "pending" : "done", name };
  },
  /** An effect during which somebody is inside a place that holds so many. */
  inside: async (place: string, limit: number, name: string): Promise<string> => {
    const { pass, execution } = here();
    const leave = here().ledger.enter(place, limit, { pass, epoch: execution.context.lease.epoch });
    await effect(name);
    leave();
    return name;
  },
  /** Gives something else each time that it is made. */
  stamp: async (name: string): Promise<string> => {
    await effect(name, undefined, 12_000);
    const { ledger } = here();
    return `${name}=${ledger.counts.get(name)}`;
  },
  /** Sees what stamps gave: the same whenever it is looked at. */
  seen: async (name: string, stamps: readonly string[]): Promise<string> => {
    here().ledger.saw(stamps);
    return effect(name, stamps.join());
  },
  /** Puts rows into a list of the caller's. */
  fill: async (rows: unknown[], name: string): Promise<void> => {
    await effect(name);
    rows.push(`${name} 1`, `${name} 2`);
  },
  /** Gives its argument back. */
  same: async <T>(value: T): Promise<T> => value,
  connect: async (): Promise<Connection> => new Connection(),
  hang: (name: string): Promise<never> => {
    begun(name, undefined);
    return new Promise(() => {});
  },
};
