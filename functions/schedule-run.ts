/**
 * A schedule goes on: the runs of all times that are due are started, and it moves on to the next one.
 *
 * Times that nobody was there for are *missed*: only the latest of them is run, if it is not older than `catchUpMs`; how
 * many were left out is written down.
 *
 * Owns:      the ids of scheduled runs and their payload, and what becomes of missed times.
 * Never:     reads the environment, sleeps.
 * Invariant: C1 a time of a schedule has one run: its id is made from both, so a second start finds the first.
 *            C2 a schedule moves on only after the run of its time is stored; whoever dies in between loses nothing.
 *            C3 what is not in the code any more starts nothing.
 */
import { createHash } from "node:crypto";
import type { Ports } from "../engine/ports.ts";
import { type Schedule, type SchedulePayload, type Schedules, upcomingCount } from "../engine/schedules.ts";
import { cancelRun, startRun } from "../engine/start.ts";
import { type CronTimes, cronTimes } from "./cron.ts";
import type { TaskListing } from "./deps.ts";

/** A missed time older than this is not run any more: the longest month. */
export const catchUpMs = 31 * 86_400_000;

type Fields = Readonly<Record<string, unknown>>;

/** What keeping schedules takes. */
export interface KeeperDeps {
  readonly ports: Ports;
  readonly schedules: Schedules;
  /** The code that counts now. */
  readonly code: {
    version(): string;
    tasks(): readonly Pick<TaskListing, "id" | "schedule">[];
  };
  /** A time that is later than this was missed. Up to here each is run: ticks come late, and are left out at times. */
  readonly lateMs: number;
  /** How far ahead runs are made, with a delay until their time. */
  readonly aheadMs: number;
  /** No further schedule of those made by calls is begun with after this; the next tick goes on. Absent: any time. */
  readonly keepMs?: number;
  readonly log: { warn(message: string, fields: Fields): void; error(message: string, fields: Fields): void };
}

/** What was done. */
export interface Done {
  started: number;
  missed: number;
}

/** 24 characters that are the same for the same parts. */
const hash = (...parts: readonly unknown[]): string => {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return BigInt(`0x${digest}`).toString(36).padStart(50, "0").slice(-24);
};

/** The id of a task's schedule. */
export const scheduleIdOf = (task: string): string => `sched_${hash("schedule", task)}`;

/** The id of a schedule that was made by a call. */
export const madeScheduleIdOf = (deduplicationKey: string): string =>
  `sched_${hash("made", deduplicationKey)}`;

/** The id of the run of a time: the same time has the same run. */
export const scheduledRunId = ({ id, form }: Schedule, at: number): string => `run_${hash(id, form, at)}`;

/** Starts the runs of all times that are due, and moves the schedule on. Gives the next time, if there is one. */
export async function takeDue(
  deps: KeeperDeps,
  schedule: Schedule,
  done: Done,
  isInCode = true,
): Promise<number | undefined> {
  const { ports, schedules, aheadMs } = deps;
  const times = cronTimes(schedule.cron, schedule.timezone);
  for (let at = schedule; ; ) {
    const { due } = at;
    const now = ports.clock.now();
    if (due === undefined || due > now + aheadMs) return due;
    const step = isInCode
      ? await nextStep(deps, times, at, due, now)
      : { missed: times.count(due, now + aheadMs + 1), behind: now + aheadMs };
    if (step.run !== undefined) await start(deps, times, at, step.run);
    const moved = movedOn(at, step.run, times.next(step.run ?? step.behind ?? now));
    if (!(await schedules.put(moved))) {
      if (step.run !== undefined && step.run > now) await takeBackOld(deps, at, step.run);
      return undefined;
    }
    tell(deps, at, due, step, done);
    at = moved;
  }
}

/** The run that was made ahead of its time, by a form that was replaced or stopped meanwhile. */
async function takeBackOld({ ports, schedules }: KeeperDeps, old: Schedule, at: number): Promise<void> {
  const there = await schedules.read(old.id);
  if (there?.form !== old.form || there.due === undefined) await cancelRun(ports, scheduledRunId(old, at));
}

function movedOn(
  { due: _due, ...rest }: Schedule,
  run: number | undefined,
  next: number | undefined,
): Schedule {
  return {
    ...rest,
    ...(next === undefined ? {} : { due: next }),
    ...(run === undefined ? {} : { last: run }),
    revision: rest.revision + 1,
  };
}

function tell(
  { log }: KeeperDeps,
  { id, task, cron, timezone, made }: Schedule,
  due: number,
  { run, missed, behind }: Step,
  done: Done,
): void {
  if (run !== undefined) done.started += 1;
  done.missed += missed;
  if (missed === 0) return;
  const why =
    behind === undefined
      ? "Times of a schedule were missed, and are not run"
      : "A schedule starts nothing: its task is no schedules.task() of this code";
  log.warn(why, {
    ...(made === undefined ? {} : { schedule: id }),
    task,
    cron,
    timezone,
    missed,
    since: new Date(due).toISOString(),
    ...(run === undefined ? {} : { goesOnWith: new Date(run).toISOString() }),
  });
}

/** The time to run, if any, and how many before it are left out. `behind`: up to here all are, the task is not there. */
interface Step {
  readonly run?: number;
  readonly missed: number;
  readonly behind?: number;
}

/** What comes next: the time to run, and how many before it are left out. */
async function nextStep(
  { ports, lateMs }: KeeperDeps,
  times: CronTimes,
  schedule: Schedule,
  due: number,
  now: number,
): Promise<Step> {
  if (due >= now - lateMs) return { run: due, missed: 0 };
  // Somebody started it and died before the schedule moved on.
  if ((await ports.store.read(scheduledRunId(schedule, due))) !== undefined) return { run: due, missed: 0 };
  // Time zones change with Node: what was due may be no time of the pattern any more.
  const latest = Math.max(due, times.latest(now) ?? due);
  const run = latest >= now - lateMs ? (times.next(now - lateMs - 1) ?? latest) : latest;
  if (run < now - catchUpMs) return { missed: times.count(due, now + 1) };
  return { run, missed: times.count(due, run) };
}

async function start(
  { ports, code }: KeeperDeps,
  times: CronTimes,
  schedule: Schedule,
  at: number,
): Promise<void> {
  const { id, task, timezone, last, made } = schedule;
  const payload: SchedulePayload = {
    type: made === undefined ? "DECLARATIVE" : "IMPERATIVE",
    timestamp: new Date(at),
    lastTimestamp: last === undefined ? undefined : new Date(last),
    timezone,
    scheduleId: id,
    ...(made?.externalId === undefined ? {} : { externalId: made.externalId }),
    upcoming: times.upcoming(at, upcomingCount).map((each) => new Date(each)),
  };
  await startRun(ports, {
    id: scheduledRunId(schedule, at),
    task,
    payload,
    codeVersion: code.version(),
    source: "schedule",
    scheduleId: id,
    delayUntil: at,
  });
}
