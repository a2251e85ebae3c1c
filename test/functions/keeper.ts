/** A keeper of schedules on the memory store and a clock that is moved by hand, for tests. */
import { decode } from "../../engine/codec.ts";
import { memorySchedules } from "../../engine/memory-schedules.ts";
import type { Run } from "../../engine/run.ts";
import type { LocalSchedulesStore } from "../../engine/schedules.ts";
import { type KeeperDeps, type Kept, keepSchedules } from "../../functions/schedule-keeper.ts";
import { LambdaWorld } from "./lambda-world.ts";

export const minute = 60_000;

/** A keeper on the memory store and a clock that is moved by hand. It is midnight, on the 1st of January 2026. */
export class Keeper {
  readonly w = new LambdaWorld();
  schedules: LocalSchedulesStore = memorySchedules();
  /** Tasks beside those with a schedule of the code. */
  tasks: ReturnType<KeeperDeps["code"]["tasks"]> = [];
  declared: Record<string, { cron: string; timezone: string }> = {};
  readonly warned: Record<string, unknown>[] = [];
  readonly errors: Record<string, unknown>[] = [];

  deps(set: Partial<KeeperDeps> = {}): KeeperDeps {
    return {
      ports: this.w.ports,
      schedules: this.schedules,
      code: {
        version: () => "7.feed",
        tasks: () => [
          { id: "unscheduled" },
          ...this.tasks,
          ...Object.entries(this.declared).map(([id, schedule]) => ({ id, schedule })),
        ],
      },
      lateMs: 0,
      aheadMs: 0,
      log: {
        warn: (_, fields) => void this.warned.push(fields),
        error: (_, fields) => void this.errors.push(fields),
      },
      ...set,
    };
  }
  keep(set: Partial<KeeperDeps> = {}): Promise<Kept> {
    return keepSchedules(this.deps(set));
  }
  /** Goes through time as the timer of one machine does. */
  async until(at: string): Promise<void> {
    const end = Date.parse(at);
    for (let next = await this.#next(); next <= end; next = await this.#next())
      await this.w.clock.advance(Math.max(0, next - this.w.clock.now()));
    await this.w.clock.advance(end - this.w.clock.now());
  }
  async #next(): Promise<number> {
    const { next = Number.POSITIVE_INFINITY } = await this.keep();
    return Math.min(next, (await this.schedules.nextDue()) ?? Number.POSITIVE_INFINITY);
  }
  async runs(): Promise<readonly Run[]> {
    const { runs } = await this.w.store.list({ limit: 1_000 });
    return [...runs].reverse();
  }
  /** The nominal times of all runs that were not canceled. */
  async times(): Promise<string[]> {
    const open = (await this.runs()).filter(({ status }) => status !== "CANCELED");
    return open.map((run) => payloadOf(run).timestamp.toISOString()).sort();
  }
}

interface Payload {
  readonly timestamp: Date;
}
export const payloadOf = ({ payload }: Run): Payload =>
  decode("inline" in payload ? payload.inline : "") as Payload;

/** Keepers with a task "a" at these times. */
export function keeperOf(cron: string, timezone = "UTC"): Keeper {
  const keeper = new Keeper();
  keeper.declared = { a: { cron, timezone } };
  return keeper;
}
