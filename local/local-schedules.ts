/**
 * The schedules of one machine: kept in the project's database, started by this process.
 *
 * Owns:      the policy of one machine: no run is made ahead, and a time that nobody was there for was missed.
 */
import type { Ports } from "../engine/ports.ts";
import type { Schedules } from "../engine/schedules.ts";
import { type KeeperDeps, keepSchedules } from "../functions/schedule-keeper.ts";
import { type ScheduleTimer, scheduleTimer } from "./schedule-timer.ts";
import { openSqliteSchedules } from "./sqlite-schedules.ts";

/** What they are made of. */
export interface LocalSchedulesDeps {
  /** The database file. */
  readonly path: string;
  readonly ports: Ports;
  readonly code: KeeperDeps["code"];
  /** Lines for people. */
  readonly log: (line: string) => void;
}

/** Schedules at work. */
export interface LocalSchedules extends Pick<ScheduleTimer, "look"> {
  readonly kept: Schedules;
  close(): Promise<void>;
}

const earliest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** Opens the schedules; nothing is started before the first look. */
export function localSchedules({ path, ports, code, log }: LocalSchedulesDeps): LocalSchedules {
  const kept = openSqliteSchedules(path);
  const line = (message: string, fields: Readonly<Record<string, unknown>>): void =>
    log(`${message} ${JSON.stringify(fields)}`);
  const keeper: KeeperDeps = {
    ports,
    schedules: kept,
    code,
    lateMs: 0,
    aheadMs: 0,
    log: { warn: line, error: line },
  };
  const timer = scheduleTimer({
    clock: ports.clock,
    keep: async () => earliest((await keepSchedules(keeper)).next, await kept.nextDue()),
    onError: (error) =>
      log(`Schedules could not be kept. ${error instanceof Error ? error.message : String(error)}`),
  });
  return {
    // What a call has changed may be due before anything else.
    kept: {
      ...kept,
      async put(schedule) {
        const isPut = await kept.put(schedule);
        if (isPut) void timer.look();
        return isPut;
      },
    },
    look: timer.look,
    async close() {
      await timer.stop();
      kept.close();
    },
  };
}
