/**
 * Keeps the schedules of a project: those of the code as the code says, the others as they were made, and each time with
 * its run.
 *
 * Never:     reads the environment, sleeps.
 * Invariant: one that cannot be kept is written down, and keeps no other from its times.
 */
import type { Schedule } from "../engine/schedules.ts";
import { errorFields } from "./log.ts";
import { formed, stopped } from "./schedule-form.ts";
import { type Done, type KeeperDeps, scheduleIdOf, takeDue } from "./schedule-run.ts";

export type { KeeperDeps } from "./schedule-run.ts";

/** How many schedules are kept at a time: at nine o'clock there may be thousands. */
const atOnce = 100;

/** What was done. */
export interface Kept extends Readonly<Done> {
  /** The earliest time of a schedule of the code that has no run yet. */
  readonly next: number | undefined;
}

type Declared = NonNullable<ReturnType<KeeperDeps["code"]["tasks"]>[number]["schedule"]>;

/** Does `act` for each, some at a time. What fails is written down. */
async function forEach<T>(
  { log }: KeeperDeps,
  items: readonly T[],
  nameOf: (item: T) => Readonly<Record<string, unknown>>,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const one = async (item: T): Promise<void> => {
    try {
      await act(item);
    } catch (error) {
      log.error("A schedule could not be kept", { ...nameOf(item), ...errorFields(error) });
    }
  };
  for (let at = 0; at < items.length; at += atOnce) await Promise.all(items.slice(at, at + atOnce).map(one));
}

/** Brings the schedules up to date with the code, and starts what is due. Another keeper may do the same at once. */
export async function keepSchedules(deps: KeeperDeps): Promise<Kept> {
  const done = { started: 0, missed: 0 };
  const begun = deps.ports.clock.now();
  const next = await keepDeclared(deps, done);
  await keepMade(deps, done, begun);
  return { ...done, next };
}

async function keepDeclared(deps: KeeperDeps, done: Done): Promise<number | undefined> {
  const declared = new Map(
    deps.code
      .tasks()
      .flatMap(({ id, schedule }) => (schedule?.cron === undefined ? [] : [[id, schedule] as const])),
  );
  const kept = new Map((await deps.schedules.declared()).map((schedule) => [schedule.task, schedule]));
  const nexts: number[] = [];
  const tasks = [...new Set([...declared.keys(), ...kept.keys()])];
  await forEach(
    deps,
    tasks,
    (task) => ({ task }),
    async (task) => {
      const schedule = await asDeclared(deps, task, kept.get(task), declared.get(task));
      const due = schedule && (await takeDue(deps, schedule, done));
      if (due !== undefined) nexts.push(due);
    },
  );
  return nexts.length === 0 ? undefined : Math.min(...nexts);
}

/** Those that were made by calls, those that wait longest first. What there is no time for is the next tick's. */
async function keepMade(deps: KeeperDeps, done: Done, begun: number): Promise<void> {
  const { ports, schedules, code, aheadMs, keepMs = Number.POSITIVE_INFINITY, log } = deps;
  const scheduled = new Set(code.tasks().flatMap(({ id, schedule }) => (schedule ? [id] : [])));
  for await (const part of schedules.due(begun + aheadMs)) {
    for (let at = 0; at < part.length; at += atOnce) {
      if (ports.clock.now() - begun > keepMs) {
        log.warn("There was no time for all schedules: the next tick goes on", { started: done.started });
        return;
      }
      await forEach(
        deps,
        part.slice(at, at + atOnce),
        ({ id, task }) => ({ id, task }),
        async (schedule) => void (await takeDue(deps, schedule, done, scheduled.has(schedule.task))),
      );
    }
  }
}

/** The schedule as the code says it; undefined: there is none, or somebody else is at it. */
async function asDeclared(
  deps: KeeperDeps,
  task: string,
  kept: Schedule | undefined,
  declared: Declared | undefined,
): Promise<Schedule | undefined> {
  if (declared?.cron === undefined) {
    if (kept?.due !== undefined) await deps.schedules.put(await stopped(deps, kept));
    return undefined;
  }
  const { cron, timezone = "UTC" } = declared;
  const isSame = kept?.due !== undefined && kept.cron === cron && kept.timezone === timezone;
  return isSame ? kept : begin(deps, kept, { id: scheduleIdOf(task), task, cron, timezone });
}

/** A schedule of the code that is new, changed, or in it again: its times count from now on. */
async function begin(
  deps: KeeperDeps,
  kept: Schedule | undefined,
  form: Pick<Schedule, "id" | "task" | "cron" | "timezone">,
): Promise<Schedule | undefined> {
  const { schedules, log } = deps;
  const { schedule, since } = await formed(deps, kept, form);
  const { task, cron, timezone } = form;
  if (schedule === undefined) {
    log.warn("A schedule has no time to come", { task, cron, timezone });
    return undefined;
  }
  if (kept?.due !== undefined && kept.due <= since) {
    log.warn("A schedule was changed: times of its old form that nobody was there for are not run", {
      task,
      cron: kept.cron,
      timezone: kept.timezone,
      since: new Date(kept.due).toISOString(),
    });
  }
  return (await schedules.put(schedule)) ? schedule : undefined;
}
