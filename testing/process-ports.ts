/**
 * The ports of a process: those of its world, as long as it lives. A dead one hears nothing any more.
 */
import type { Clock, Ports, Store } from "../engine/ports.ts";
import type { JournalWrites } from "./journal-writes.ts";
import type { Process } from "./process.ts";
import { currentLife } from "./resources.ts";

/** What the ports are made of. */
interface Around {
  readonly ports: Ports;
  activity: number;
  ring(runId: string): void;
}

/** The ports for a pass of this process. */
export function portsOf(process: Process, world: Around, writes: JournalWrites): Ports {
  return { ...world.ports, clock: clockOf(process, world.ports), store: storeOf(process, world, writes) };
}

function clockOf(process: Process, { clock }: Ports): Clock {
  return {
    now: () => clock.now(),
    after(ms, fn) {
      const cancel = clock.after(ms, () => {
        process.alarms.delete(cancel);
        if (!process.isDead) currentLife.run(process.life, fn);
      });
      process.alarms.add(cancel);
      return () => {
        process.alarms.delete(cancel);
        cancel();
      };
    },
    turn: (fn) => clock.turn(() => process.isDead || fn()),
  };
}

function storeOf(process: Process, world: Around, writes: JournalWrites): Store {
  const { store } = world.ports;
  const alive = <A extends readonly unknown[], R>(fn: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      world.activity++;
      if (process.isDead) return new Promise(() => {});
      const answer = await fn(...args);
      return process.isDead ? new Promise(() => {}) : answer;
    };
  };
  return {
    create: alive((...args) => store.create(...args)),
    adopt: alive((...args) => store.adopt(...args)),
    free: alive((...args) => store.free(...args)),
    read: alive((...args) => store.read(...args)),
    write: alive(async (...args) => {
      const written = await store.write(...args);
      for (const id of written.called ?? []) world.ring(id);
      return written;
    }),
    limit: alive((...args) => store.limit(...args)),
    journal: alive((...args) => store.journal(...args)),
    send: alive((...args) => store.send(...args)),
    inbox: alive((...args) => store.inbox(...args)),
    due: alive((...args) => store.due(...args)),
    nextWake: alive(() => store.nextWake()),
    list: alive((...args) => store.list(...args)),
    append: alive((...args) => writes.append(process, ...args)),
  };
}
