/**
 * Functions with more memory, for the runs that ask for it: the same code, each with a queue of its own. The dispatcher, which hears
 * all rings, gives such a run's ring on before anybody claims.
 *
 * Owns:      which runs ask for more than there is here, and what becomes of them where their function has gone.
 * Never:     gives a run on that is claimed, or loses one: it is due until somebody claims it, and the timer rings for it.
 * Invariant: a run is on less memory than it asks for only where no function of its stack has as much.
 */
import { functionFor, type MachineName, machines, memoryMb, usualMachine } from "../engine/machines.ts";
import type { Run } from "../engine/run.ts";
import type { HandOff } from "./aws/hand-off.ts";
import { type Ring, ringBody } from "./aws/sqs-doorbell.ts";
import type { DelayedDoorbell } from "./bell.ts";
import type { Log } from "./log.ts";
import { isTooLarge, type TooLarge } from "./unseen-claim.ts";

/** A function with more memory, as the stack tells of it. */
export interface LargerFunction {
  /** Megabytes. */
  readonly memoryMb: number;
  /** Of its queue. */
  readonly queueUrl: string;
  /** The ARN of its version that has this code. */
  readonly version: string;
}

/** Where runs go that ask for more memory than there is here. */
export interface LargerMachines {
  /** Undefined: none is too large for this function any more. */
  readonly tooLarge: TooLarge | undefined;
  /** Gives a ring on, or back. "gone": there is nobody any more, and the pass is to be here. Rejects where it is not known to have got there. */
  handOver(run: Run): Promise<"handed over" | "gone">;
}

interface Task {
  readonly id: string;
  readonly machine?: MachineName;
  readonly largerMachine?: MachineName;
}

/** What is too large for a function of `mb`, where the others have `larger`. */
function beyond(tasks: readonly Task[], mb: number, larger: readonly number[]): TooLarge | undefined {
  const sizes = [mb, ...larger];
  // A machine that nobody has is on the largest that there is.
  const isLarger = (name: MachineName): boolean => (functionFor(name, sizes) ?? sizes.at(-1)) !== mb;
  const names = (Object.keys(machines) as MachineName[]).filter(isLarger);
  if (names.length === 0) return undefined;
  const asking = (which: "machine" | "largerMachine") =>
    new Set(tasks.flatMap(({ id, [which]: name }) => (name && isLarger(name) ? [id] : [])));
  return { machines: new Set(names), tasks: asking("machine"), afterDeath: asking("largerMachine") };
}

/**
 * The machine that a run is to be on. Behind a death that is its task's `retry.outOfMemory`, if that is larger: nobody tells what has ended
 * a process in Lambda, and it is mostly memory.
 */
function machineAsked(
  { machine, deaths }: Pick<Run, "machine" | "deaths">,
  task: Omit<Task, "id"> | undefined,
): MachineName | undefined {
  const asked = machine ?? task?.machine;
  const larger = deaths > 0 ? task?.largerMachine : undefined;
  return larger !== undefined && memoryMb(larger) > memoryMb(asked ?? usualMachine) ? larger : asked;
}

const nothing: TooLarge = { machines: new Set(), tasks: new Set(), afterDeath: new Set() };

/** A right that was just given may be unknown for a while. */
const goneAfterMs = 600_000;

/** What SQS says of a queue that is no more, and of one that nobody here may send to any more: both come with its function's end. */
const isGone = ({ name }: Error, dueForMs: number): boolean =>
  /NonExistentQueue|QueueDoesNotExist/.test(name) || (/^AccessDenied/.test(name) && dueForMs >= goneAfterMs);

/** What the dispatcher gives on with. */
export interface HandingOver {
  readonly tasks: readonly Task[];
  /** Megabytes of this function. */
  readonly memoryMb: number;
  /** Smallest first. */
  readonly larger: readonly LargerFunction[];
  readonly send: (queueUrl: string, body: string) => Promise<void>;
  readonly clock: { now(): number };
  readonly log: Pick<Log, "warn">;
}

/** The dispatcher's: it gives runs on. */
export function handsOver({ tasks, memoryMb: own, larger, send, clock, log }: HandingOver): LargerMachines {
  let there = larger;
  const sizes = (): number[] => there.map((each) => each.memoryMb);
  let tooLarge = beyond(tasks, own, sizes());

  /** By what that function was told: it knows of none that has gone. */
  const tooFor = ({ memoryMb: mb }: LargerFunction): TooLarge =>
    beyond(
      tasks,
      mb,
      larger.flatMap((each) => (each.memoryMb > mb ? [each.memoryMb] : [])),
    ) ?? nothing;

  function placeOf(run: Run): LargerFunction | undefined {
    const asked = machineAsked(
      run,
      tasks.find(({ id }) => id === run.task),
    );
    const mb = asked && functionFor(asked, sizes());
    return there.find((each) => each.memoryMb === mb) ?? there.at(-1);
  }

  /** For this code it does not come back: another deployment's would have a queue of its own. */
  function without(gone: LargerFunction, run: Run, error: Error): void {
    there = there.filter((each) => each !== gone);
    tooLarge = beyond(tasks, own, sizes());
    log.warn(
      "A later deployment has no function of this size: runs of this code that ask for it are on the next larger one from now on, or on the largest that is left. Name the machine in the stack, in machines, for as long as such runs are open",
      { runId: run.id, task: run.task, memoryMb: gone.memoryMb, error: error.message },
    );
  }

  return {
    get tooLarge() {
      return tooLarge;
    },
    async handOver(run) {
      for (let place = placeOf(run); place !== undefined; place = placeOf(run)) {
        const isLess = there.length < larger.length && isTooLarge(run, tooFor(place));
        const ring: Ring = {
          runId: run.id,
          version: place.version,
          ...(isLess && { anyway: true as const }),
        };
        try {
          await send(place.queueUrl, ringBody(ring));
          return "handed over";
        } catch (error) {
          const dueForMs = clock.now() - (run.wakeAt ?? Number.POSITIVE_INFINITY);
          if (!(error instanceof Error) || !isGone(error, dueForMs)) throw error;
          without(place, run, error);
        }
      }
      return "gone";
    },
  };
}

/** A larger function rings again for what is not for it: the run may be elsewhere since it was given on. */
const againMs = 5_000;

/** A larger function's: what asks for more than it has goes back to the dispatcher. */
export function handsBack(
  tasks: readonly Task[],
  mb: number,
  sizes: readonly number[],
  bell: Pick<DelayedDoorbell, "ring">,
): LargerMachines {
  const larger = sizes.filter((size) => size > mb);
  return {
    tooLarge: beyond(tasks, mb, larger),
    async handOver({ id }) {
      bell.ring(id);
      return "handed over";
    },
  };
}

/** Hands over between versions of a larger function: the ring says which has the run's code. */
export function betweenVersions(
  { version: told, anyway }: Pick<Ring, "version" | "anyway">,
  own: { readonly functionName: string; readonly version: string },
  handOff: HandOff,
  bell: Pick<DelayedDoorbell, "ringAt">,
  now: number,
): HandOff {
  const [name, version] = (told ?? "").split(":").slice(6);
  return {
    async handOff(runId) {
      if (told !== undefined && name !== own.functionName) return "versionIsMissing";
      if (version !== undefined && version !== own.version) return handOff.handOff(runId, version, anyway);
      bell.ringAt(runId, now + againMs);
      return "handedOff";
    },
  };
}
