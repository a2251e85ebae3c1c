/**
 * Keeps the schedules of a project: as the code says, and each time with its run.
 *
 * For each schedule, what is due is taken step by step: the run of a time is started, then the schedule moves on to the
 * next one. Times that nobody was there for are *missed*: only the latest of them is run, if it is not older than
 * `catchUpMs`; how many were left out is written down.
 *
 * Owns:      the ids of schedules and of their runs, and what becomes of missed times.
 * Never:     reads the environment, sleeps.
 * Invariant: C1 a time of a schedule has one run: its id is made from both, so a second start finds the first.
 *            C2 a schedule moves on only after the run of its time is stored; whoever dies in between loses nothing.
 *            C3 what is not in the code any more starts nothing.
 */
import { createHash } from "node:crypto";
import type { Ports } from "../engine/ports.ts";
import type { Schedule, SchedulePayload, Schedules } from "../engine/schedules.ts";
import { cancelRun, startRun } from "../engine/start.ts";
import { type CronTimes, cronTimes } from "./cron.ts";
import { errorFields } from "./log.ts";

/** A missed time older than this is not run any more: the longest month. */
export const catchUpMs = 31 * 86_400_000;
/** How many times to come a run is told of. */
const upcomingCount = 5;
/** How many schedules are kept at a time: at nine o'clock there may be hundreds. */
const atOnce = 20;

/** What the code says of a task's schedule. */
interface DeclaredSchedule {
  readonly cron: string;
  readonly timezone: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What keeping schedules takes. */
export interface KeeperDeps {
  readonly ports: Ports;
  readonly schedules: Schedules;
  /** The code that counts now. */
  readonly code: {
    version(): string;
    tasks(): readonly { readonly id: string; readonly schedule?: DeclaredSchedule }[];
  };
  /** A time that is later than this was missed. Up to here each is run: ticks come late, and are left out at times. */
  readonly lateMs: number;
  /** How far ahead runs are made, with a delay until their time. */
  readonly aheadMs: number;
  readonly log: { warn(message: string, fields: Fields): void; error(message: string, fields: Fields): void };
}

/** What was done. */
export interface Kept {
  readonly started: number;
  readonly missed: number;
  /** The earliest time that has no run yet. */
  readonly next: number | undefined;
}

const hash = (...parts: readonly unknown[]): string => {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return BigInt(`0x${digest}`).toString(36).padStart(50, "0").slice(-24);
};

/** The id of a task's schedule. */
export const scheduleIdOf = (task: string): string => `sched_${hash("schedule", task)}`;

/** The id of the run of a time: the same time has the same run. */
const scheduledRunId = ({ id, form }: Schedule, at: number): string => `run_${hash(id, form, at)}`;

/** Brings the schedules up to date with the code, and starts what is due. Another keeper may do the same at once. */
export async function keepSchedules(deps: KeeperDeps): Promise<Kept> {
  const declared = new Map(
    deps.code
      .tasks()
      .flatMap(({ id, schedule }) => (schedule === undefined ? [] : [[id, schedule] as const])),
  );
  const kept = new Map((await deps.schedules.all()).map((schedule) => [schedule.task, schedule]));
  const done = { started: 0, missed: 0 };
  const nexts: number[] = [];
  async function keep(task: string): Promise<void> {
    try {
      const schedule = await asDeclared(deps, task, kept.get(task), declared.get(task));
      const due = schedule && (await takeDue(deps, schedule, done));
      if (due !== undefined) nexts.push(due);
    } catch (error) {
      deps.log.error("A schedule could not be kept", { task, ...errorFields(error) });
    }
  }
  const tasks = [...new Set([...declared.keys(), ...kept.keys()])];
  for (let at = 0; at < tasks.length; at += atOnce) await Promise.all(tasks.slice(at, at + atOnce).map(keep));
  return { ...done, next: nexts.length === 0 ? undefined : Math.min(...nexts) };
}

/** The schedule as the code says it; undefined: there is none, or somebody else is at it. */
async function asDeclared(
  deps: KeeperDeps,
  task: string,
  kept: Schedule | undefined,
  declared: DeclaredSchedule | undefined,
): Promise<Schedule | undefined> {
  if (declared === undefined) {
    if (kept?.due !== undefined) await stop(deps, kept);
    return undefined;
  }
  const isSame =
    kept?.due !== undefined && kept.cron === declared.cron && kept.timezone === declared.timezone;
  return isSame ? kept : begin(deps, task, kept, declared);
}

/** A schedule that is new, changed, or in the code again: its times count from now on. */
async function begin(
  deps: KeeperDeps,
  task: string,
  kept: Schedule | undefined,
  { cron, timezone }: DeclaredSchedule,
): Promise<Schedule | undefined> {
  const { ports, schedules, log } = deps;
  const now = ports.clock.now();
  const since = kept === undefined ? now : await takeBack(deps, kept, now);
  const due = cronTimes(cron, timezone).next(since);
  if (due === undefined) {
    log.warn("A schedule has no time to come", { task, cron, timezone });
    return undefined;
  }
  const { last = now + 1 } = kept ?? {};
  if (kept?.due !== undefined && kept.due <= since) {
    log.warn("A schedule was changed: times of its old form that nobody was there for are not run", {
      task,
      cron: kept.cron,
      timezone: kept.timezone,
      since: new Date(kept.due).toISOString(),
    });
  }
  const revision = (kept?.revision ?? 0) + 1;
  const before = last <= since ? { last } : {};
  const id = scheduleIdOf(task);
  const schedule: Schedule = { id, task, cron, timezone, due, ...before, revision, form: revision };
  return (await schedules.put(schedule)) ? schedule : undefined;
}

async function stop(deps: KeeperDeps, kept: Schedule): Promise<void> {
  await takeBack(deps, kept, deps.ports.clock.now());
  const { due: _due, ...stopped } = kept;
  await deps.schedules.put({ ...stopped, revision: kept.revision + 1 });
}

/**
 * Cancels what was made ahead for times to come: its schedule counts no more. Gives the time from which on the next form
 * counts: before a run that somebody canceled here who died before that form was stored.
 */
async function takeBack({ ports, lateMs }: KeeperDeps, kept: Schedule, now: number): Promise<number> {
  const cut: number[] = [];
  // The time that is due may have a run already, of somebody who died before the schedule moved on.
  for (const at of [kept.last, kept.due]) {
    if (at === undefined || at < now - lateMs) continue;
    const run = await ports.store.read(scheduledRunId(kept, at));
    if (run === undefined) continue;
    if (at > now) await cancelRun(ports, run.id);
    else if (kept.due !== undefined && run.status === "CANCELED") cut.push(at - 1);
  }
  return Math.min(now, ...cut);
}

/** Starts the runs of all times that are due, and moves the schedule on. Gives the next time, if there is one. */
async function takeDue(
  deps: KeeperDeps,
  schedule: Schedule,
  done: { started: number; missed: number },
): Promise<number | undefined> {
  const { ports, schedules, aheadMs } = deps;
  const times = cronTimes(schedule.cron, schedule.timezone);
  for (let at = schedule; ; ) {
    const { due } = at;
    const now = ports.clock.now();
    if (due === undefined || due > now + aheadMs) return due;
    const step = await nextStep(deps, times, at, due, now);
    if (step.run !== undefined) await start(deps, times, at, step.run);
    const moved = movedOn(at, step.run, times.next(step.run ?? now));
    if (!(await schedules.put(moved))) return undefined;
    if (step.run !== undefined) done.started += 1;
    done.missed += step.missed;
    if (step.missed > 0) tellMissed(deps, at, due, step);
    at = moved;
  }
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

function tellMissed(
  { log }: KeeperDeps,
  { task, cron, timezone }: Schedule,
  due: number,
  { run, missed }: Step,
): void {
  log.warn("Times of a schedule were missed, and are not run", {
    task,
    cron,
    timezone,
    missed,
    since: new Date(due).toISOString(),
    ...(run === undefined ? {} : { goesOnWith: new Date(run).toISOString() }),
  });
}

/** The time to run, if any, and how many before it are left out. */
interface Step {
  readonly run?: number;
  readonly missed: number;
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
  const { id, task, timezone, last } = schedule;
  const payload: SchedulePayload = {
    type: "DECLARATIVE",
    timestamp: new Date(at),
    lastTimestamp: last === undefined ? undefined : new Date(last),
    timezone,
    scheduleId: id,
    upcoming: times.upcoming(at, upcomingCount).map((each) => new Date(each)),
  };
  await startRun(ports, {
    id: scheduledRunId(schedule, at),
    task,
    payload,
    codeVersion: code.version(),
    source: "schedule",
    delayUntil: at,
  });
}
