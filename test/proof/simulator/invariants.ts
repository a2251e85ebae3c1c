/**
 * What must be true of all heads after every event (design §8, P5 and slots).
 *
 * Never: changes anything.
 */
import { gatesOf, standsAt } from "../../../engine/gates.ts";
import { isFinished, type Run } from "../../../engine/run.ts";
import { isParked } from "../../../engine/slots.ts";

/** What the heads alone do not tell. */
export interface Known {
  /** Is this the name of a process that lives, or whose death will be noticed? */
  readonly isKnownOwner: (owner: string) => boolean;
  /** How many runs of a queue may be held at once. */
  readonly limitOf: (queue: string) => number | undefined;
}

/** What is wrong with these heads; nothing, if nothing is. */
export function wrongWith(heads: ReadonlyMap<string, Run>, known: Known): string[] {
  const runs = [...heads.values()];
  return [
    ...runs.flatMap((run) => (isFinished(run.status) ? [] : stuck(run, runs, known))),
    ...slots(runs, known),
  ];
}

/** An open run that nobody would ever look at again. */
function stuck(run: Run, runs: readonly Run[], { isKnownOwner }: Known): string[] {
  const { id, status, owner, leaseUntil, wakeAt, waitingFor } = run;
  const said = `${id} is ${status}`;
  if (owner !== undefined) {
    // Where a lease ends by the clock, the timer finds a dead pass by the run's `wakeAt`.
    if (leaseUntil !== undefined) return wakeAt === undefined ? [`${said}, leased and without a wakeAt`] : [];
    return isKnownOwner(owner) ? [] : [`${said} and held by ${owner}, whom nobody knows`];
  }
  if (wakeAt !== undefined || isParked(run)) return [];
  if (status !== "WAITING" || waitingFor?.kind !== "child")
    return [`${said}, and neither leased, nor parked, nor has it a wakeAt`];
  const isComing = runs.some(
    (child) => child.parent?.runId === id && (!isFinished(child.status) || child.wakeAt !== undefined),
  );
  return isComing ? [] : [`${said} for children that have all ended`];
}

function slots(runs: readonly Run[], { limitOf }: Known): string[] {
  const open = runs.filter(({ status }) => !isFinished(status));
  return [...new Set(open.flatMap(gatesOf))].flatMap((queue) => {
    const limit = limitOf(queue);
    if (limit === undefined) return [];
    const stands = open.map((run) => standsAt(run, queue));
    const count = (what: (typeof stands)[number]): number => stands.filter((each) => each === what).length;
    const [held, called, parked] = [count("held"), count("called"), count("parked")];
    return [
      ...(held > limit ? [`${held} runs hold ${queue}, and ${limit} may`] : []),
      ...(parked > 0 && held + called < limit
        ? [`${parked} runs are parked in ${queue}, with ${held} held and ${called} called of ${limit}`]
        : []),
    ];
  });
}
