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
import { isDeadLetter, isFinished, type Run, statusesBefore } from "./run.ts";

/** Does a pass follow, now or when it is resumed? */
const goesOn = ({ status }: Run): boolean => !isFinished(status) || isDeadLetter(status);

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

const ended = ({ id, status }: Run): HoldfastError =>
  new HoldfastError(
    "HF209",
    `Run ${id} is ${status}: no pass of it follows that could see other secrets.`,
    "Only a run that goes on, or can be resumed, is put on another version.",
  );
