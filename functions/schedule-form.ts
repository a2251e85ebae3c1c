/**
 * A schedule gets another form: a pattern, a zone, a task; or it is stopped. By the code or by a call, it is the same.
 *
 * Invariant: a new form's times count from now on, and no run of an old form begins behind that.
 */
import type { Ports } from "../engine/ports.ts";
import type { Schedule } from "../engine/schedules.ts";
import { cancelRun } from "../engine/start.ts";
import { cronTimes } from "./cron.ts";
import { scheduledRunId } from "./schedule-run.ts";

/** What a change of form takes. */
export interface FormDeps {
  readonly ports: Ports;
  /** A time that is later than this was missed. */
  readonly lateMs: number;
}

/** What a schedule is to be. */
export type Form = Pick<Schedule, "id" | "task" | "cron" | "timezone" | "made">;

/**
 * The schedule in a form that is new, changed or in force again: to be put. Undefined: it has no time to come. `since`: times
 * behind it are the new form's.
 * @throws HoldfastError HF530 for a pattern or a zone that this Node does not know
 */
export async function formed(
  deps: FormDeps,
  kept: Schedule | undefined,
  { id, task, cron, timezone, made }: Form,
): Promise<{ readonly schedule: Schedule | undefined; readonly since: number }> {
  const now = deps.ports.clock.now();
  const times = cronTimes(cron, timezone);
  const since = kept === undefined ? now : await takeBack(deps, kept, now);
  const due = times.next(since);
  if (due === undefined) return { schedule: undefined, since };
  const { last = now + 1 } = kept ?? {};
  const revision = (kept?.revision ?? 0) + 1;
  const before = last <= since ? { last } : {};
  const said = made === undefined ? {} : { made };
  return { schedule: { id, task, cron, timezone, due, ...before, revision, form: revision, ...said }, since };
}

/** The schedule without a time to come: to be put. */
export async function stopped(deps: FormDeps, kept: Schedule, made = kept.made): Promise<Schedule> {
  await takeBack(deps, kept, deps.ports.clock.now());
  const { due: _due, ...rest } = kept;
  return { ...rest, revision: kept.revision + 1, ...(made === undefined ? {} : { made }) };
}

/**
 * Cancels what was made ahead for times to come: its schedule counts no more. Gives the time from which on the next form
 * counts: before a run that somebody canceled here who died before that form was stored.
 */
async function takeBack({ ports, lateMs }: FormDeps, kept: Schedule, now: number): Promise<number> {
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
