/**
 * One pass of a run, in a process that can be killed at any moment.
 *
 * Never: keeps anything. Its store and its spill are its parent's, asked by message.
 */
import type { Ports, Spill, Store } from "../../engine/ports.ts";
import { realClock } from "../../functions/clock.ts";
import type { runPass } from "../../sdk/host.ts";

/** What the parent is asked. */
export interface Asked {
  readonly id: number;
  readonly port: "store" | "spill";
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What it says. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** What the process tells beside what it asks. */
export type Told = { readonly line: string } | { readonly outcome: string };

const [bundle = "", runId = "", owner = ""] = process.argv.slice(2);
const tell = (message: Asked | Told): void => void process.send?.(message);

const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
let asked = 0;
process.on("message", ({ id, value, error }: Answer) => {
  const waiting = open.get(id);
  open.delete(id);
  if (error === undefined) waiting?.resolve(value);
  else waiting?.reject(error);
});

/** A port whose methods the parent answers. */
function remote<T extends object>(name: Asked["port"]): T {
  const get = (_: T, method: string) => {
    return (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        open.set(id, { resolve, reject });
        tell({ id, port: name, method, args });
      });
  };
  return new Proxy({} as T, { get: (target, method) => get(target, String(method)) });
}

const ports: Ports = {
  store: remote<Store>("store"),
  spill: remote<Spill>("spill"),
  doorbell: { ring: () => {} },
  clock: realClock,
  chance: { id: (prefix) => `${prefix}${crypto.randomUUID()}`, fraction: Math.random },
};

const print = (_run: unknown, level: string, parts: readonly unknown[]): void =>
  tell({ line: `${level} ${parts.map(String).join(" ")}` });

const host = (await import(bundle)) as { runPass: typeof runPass };
const { outcome } = await host.runPass(ports, { runId, owner, print });
tell({ outcome });
