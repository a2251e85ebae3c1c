/**
 * Schedules that are made by calls: made, changed, stopped, started again, deleted.
 *
 * Owns:      what a call may change of a schedule, and its answer when several change one at once.
 * Never:     starts a run: that is the keeper's.
 * Invariant: a call that is repeated, because its answer was lost, changes nothing more.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Made, Schedule, Schedules } from "../engine/schedules.ts";
import { cronProblem } from "./cron.ts";
import type { TaskListing } from "./deps.ts";
import { FormError } from "./problem.ts";
import { type FormDeps, formed, stopped } from "./schedule-form.ts";
import { madeScheduleIdOf } from "./schedule-run.ts";

/** Times of the minutes before may have been made ahead, and not have begun. */
const lateMs = 180_000;
/** Somebody else changes the same schedule at each try: this often is no accident. */
const triesMax = 10;

/** What a schedule is to be. */
export interface WantedSchedule {
  readonly task: string;
  readonly cron: string;
  readonly timezone: string;
  readonly externalId?: string | undefined;
}

/** What the desk takes. */
export interface DeskDeps extends Pick<FormDeps, "ports"> {
  readonly schedules: Schedules;
  readonly code: { tasks(): readonly Pick<TaskListing, "id" | "schedule">[] };
}

const isGone = (schedule: Schedule | undefined): boolean => schedule?.made?.goneAt !== undefined;

/** Refuses a schedule that could start nothing. @throws FormError HF207 */
function check({ code }: DeskDeps, { task, cron, timezone }: WantedSchedule): void {
  const refuse = (path: string, message: string): never => {
    const fix = "Correct it; docs/http-api.md says what a schedule needs.";
    throw new FormError(`The schedule is not valid. ${path}: ${message}`, fix, [{ path, message }]);
  };
  const listed = code.tasks().find(({ id }) => id === task);
  if (listed === undefined) refuse("task", `There is no task ${JSON.stringify(task)}.`);
  if (listed?.schedule === undefined)
    refuse("task", `${JSON.stringify(task)} is no scheduled task: define it with schedules.task().`);
  const problem = cronProblem(cron, timezone);
  if (problem !== undefined) refuse(problem.field, problem.message);
}

/** Puts what `next` makes of the schedule as it is; undefined: it is to stay as it is. */
async function change(
  { schedules }: DeskDeps,
  id: string,
  next: (kept: Schedule | undefined) => Promise<Schedule | undefined>,
): Promise<Schedule> {
  for (let attempt = 0; attempt < triesMax; attempt++) {
    const kept = await schedules.read(id);
    const wanted = await next(kept);
    if (wanted === undefined && kept !== undefined) return kept;
    if (wanted !== undefined && (await schedules.put(wanted))) return wanted;
  }
  throw new HoldfastError(
    "HF218",
    `The schedule ${id} is being changed by somebody else all the time.`,
    "Try again.",
  );
}

/** The schedule that a call may change. @throws HoldfastError HF217, HF218 */
function own(kept: Schedule | undefined, id: string): Schedule & { readonly made: Made } {
  if (kept === undefined || isGone(kept)) throw noSuchSchedule(id);
  const { made } = kept;
  if (made !== undefined) return { ...kept, made };
  throw new HoldfastError(
    "HF218",
    `The schedule ${id} stands in the code of the task ${JSON.stringify(kept.task)}.`,
    "Change its `cron` in the code, or take it out there.",
  );
}

function noSuchSchedule(id: string): HoldfastError {
  const fix =
    "Look at GET /api/v1/schedules for those that there are; one that was deleted has to be made again.";
  return new HoldfastError("HF217", `There is no schedule ${JSON.stringify(id)}.`, fix);
}

/** The schedule as wanted; undefined: it is so already. */
async function asWanted(
  deps: DeskDeps,
  id: string,
  kept: Schedule | undefined,
  { task, cron, timezone }: WantedSchedule,
  made: Made,
): Promise<Schedule | undefined> {
  const isSame = kept !== undefined && kept.task === task && kept.cron === cron && kept.timezone === timezone;
  if (isSame && !isGone(kept)) {
    if (kept.made?.externalId === made.externalId) return undefined;
    return { ...kept, made, revision: kept.revision + 1 };
  }
  const form = { ...deps, lateMs };
  if (made.isInactive === true && kept !== undefined)
    return { ...(await stopped(form, kept, made)), task, cron, timezone };
  return (await formed(form, kept, { id, task, cron, timezone, made })).schedule;
}

/** Makes a schedule, or changes the one with this key. @throws FormError HF207 */
export async function makeSchedule(
  deps: DeskDeps,
  deduplicationKey: string,
  wanted: WantedSchedule,
): Promise<Schedule> {
  check(deps, wanted);
  const id = madeScheduleIdOf(deduplicationKey);
  const { externalId } = wanted;
  const said = { deduplicationKey, ...(externalId === undefined ? {} : { externalId }) };
  return change(deps, id, (kept) => {
    const inactive = kept?.made?.isInactive === true && !isGone(kept) ? ({ isInactive: true } as const) : {};
    return asWanted(deps, id, kept, wanted, { ...said, ...inactive });
  });
}

/** Changes a schedule. @throws HoldfastError HF207, HF217, HF218 */
export async function updateSchedule(deps: DeskDeps, id: string, wanted: WantedSchedule): Promise<Schedule> {
  check(deps, wanted);
  return change(deps, id, (found) => {
    const kept = own(found, id);
    const { externalId: _, ...rest } = kept.made;
    const { externalId } = wanted;
    const said = { ...rest, ...(externalId === undefined ? {} : { externalId }) };
    return asWanted(deps, id, kept, wanted, said);
  });
}

/** Lets a schedule start runs, or start none. @throws HoldfastError HF217, HF218 */
export function setActive(deps: DeskDeps, id: string, isActive: boolean): Promise<Schedule> {
  return change(deps, id, async (found) => {
    const kept = own(found, id);
    if ((kept.made.isInactive !== true) === isActive) return undefined;
    const { isInactive: _, ...made } = kept.made;
    const form = { ...deps, lateMs };
    if (!isActive) return stopped(form, kept, { ...made, isInactive: true });
    return (await formed(form, kept, { ...kept, made })).schedule;
  });
}

/** Deletes a schedule. One that was deleted a moment ago stays so. @throws HoldfastError HF217, HF218 */
export async function deleteSchedule(deps: DeskDeps, id: string): Promise<void> {
  await change(deps, id, async (found) => {
    if (found !== undefined && isGone(found)) return undefined;
    const kept = own(found, id);
    return stopped({ ...deps, lateMs }, kept, { ...kept.made, goneAt: deps.ports.clock.now() });
  });
}

/** One schedule. @throws HoldfastError HF217 */
export async function retrieveSchedule({ schedules }: DeskDeps, id: string): Promise<Schedule> {
  const found = await schedules.read(id);
  const isOver = found?.made === undefined ? found?.due === undefined : isGone(found);
  if (found === undefined || isOver) throw noSuchSchedule(id);
  return found;
}
