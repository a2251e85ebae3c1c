/**
 * Puts a run on the version of the secrets that is current now, at somebody's word: a run keeps the one that it began with
 * otherwise, for as long as it is there.
 *
 * Owns:      which runs that may be done to.
 * Never:     knows a value; changes what is recorded: a value that came out of the older version stays what it was.
 * Invariant: a pass that works goes on as it began; each one that is claimed from now on is on this version.
 */
import { HoldfastError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { allStatuses, isDeadLetter, isFinished, type Run, statusesBefore } from "./run.ts";

/** Runs of which a pass follows, now or when they are resumed. */
const goingOn = allStatuses.filter((status) => !isFinished(status) || isDeadLetter(status));
const goesOn = ({ status }: Run): boolean => goingOn.includes(status);

/**
 * Puts the run on `version`. One that no pass has had yet is on none: its first pass takes the version that is current then.
 * @returns the version that it was on; undefined where that is none, or this one already, and nothing was written
 * @throws HoldfastError HF208 for an unknown run, HF209 for one that has ended and cannot be resumed
 */
export async function repinRun(
  { store, clock }: Pick<Ports, "store" | "clock">,
  runId: string,
  version: string,
): Promise<string | undefined> {
  for (let run = await store.read(runId); run !== undefined; ) {
    if (!goesOn(run)) throw ended(run);
    const { secretVersion: before, epoch } = run;
    if (before === undefined || before === version) return undefined;
    const now = clock.now();
    const written = await store.write(runId, {
      event: "tagged",
      // One that has gone on in between is looked at again: its pass may have been given this version, or been the last.
      when: { status: statusesBefore("tagged").filter((status) => status === run?.status), epoch },
      set: { secretVersion: version, secretReplaced: { version: before, at: now }, updatedAt: now },
    });
    if (written.applied) return before;
    run = written.run;
  }
  throw new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id.");
}

/** Heads looked at in one query. */
const pageSize = 100;

/** Which runs are to change their version, and where a search that was cut off goes on. */
export interface RepinAll {
  /** The version that they are on. */
  readonly from: string;
  /** The one that they get. */
  readonly to: string;
  /** What the search before gave as `next`. */
  readonly after?: string;
}

/**
 * Puts all runs that are on one version and go on, or can be resumed, on another one, newest first. One that ends in between is left out.
 * @param onEach told of each run that was changed, as soon as it was
 * @param hasTime asked before each page but the first: false cuts the search off
 * @returns where it was cut off; undefined: it was not
 */
export async function repinAll(
  ports: Pick<Ports, "store" | "clock">,
  { from, to, after }: RepinAll,
  onEach: (runId: string) => void,
  hasTime: () => boolean,
): Promise<string | undefined> {
  for (let place = after; ; ) {
    const query = { status: goingOn, limit: pageSize, ...(place === undefined ? {} : { after: place }) };
    const { runs, next } = await ports.store.list(query);
    for (const { id, secretVersion } of runs)
      if (secretVersion === from && (await repinIfOn(ports, id, from, to))) onEach(id);
    if (next === undefined || !hasTime()) return next;
    place = next;
  }
}

/** False: it has ended or was erased in between, or is on another version by now. */
async function repinIfOn(
  ports: Pick<Ports, "store" | "clock">,
  runId: string,
  from: string,
  to: string,
): Promise<boolean> {
  const run = await ports.store.read(runId);
  if (run?.secretVersion !== from || !goesOn(run)) return false;
  const before = await repinRun(ports, runId, to).catch((error: unknown) => {
    if (error instanceof HoldfastError && (error.code === "HF208" || error.code === "HF209"))
      return undefined;
    throw error;
  });
  return before !== undefined;
}

const ended = ({ id, status }: Run): HoldfastError =>
  new HoldfastError(
    "HF209",
    `Run ${id} is ${status}: no pass of it follows that could see other secrets.`,
    "Only a run that goes on, or can be resumed, is put on another version.",
  );
