/**
 * How an attempt ends, and with it the run, or until when the next one is put off.
 *
 * Owns:      the record of an attempt that failed, and the back-off behind it.
 */
import { type AfterAttempt, afterAttempt } from "./attempt.ts";
import { giveBack } from "./borrowed.ts";
import { leavesMetadata } from "./carried-metadata.ts";
import type { Ender } from "./ender.ts";
import { isCompletion, isOutOfMemory, RunCanceledError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { GivingBack } from "./giving-back.ts";
import type { MachineName } from "./machines.ts";
import type { PassContext } from "./pass-context.ts";
import { leftGoing, neverSettles } from "./pass-errors.ts";
import type { PassTimers } from "./pass-timers.ts";
import type { AttemptRecord, CancelRecord } from "./record.ts";
import { shortWaitMs } from "./rest.ts";
import { toRunError } from "./run-error.ts";
import type { TaskCode } from "./task-code.ts";

/** What a cancel has cut off may still come to its end, once the run has tidied up: most of it listens to the signal. */
const abandonedMs = 1_000;
/** How long calls may go on behind an error that ends the run: nothing of theirs is asked for any more. */
const afterLastMs = 60_000;
/** And behind one that another attempt follows, which would make them again: as long as every await is given. */
const afterAttemptMs = 9 * 60_000;

export class Attempts {
  readonly #context: PassContext;
  readonly #task: TaskCode | undefined;
  readonly #ender: Ender;
  readonly #givingBack: GivingBack;
  readonly #timers: PassTimers;
  readonly #enter: () => void;
  /** The entering of `run` that has rejected while calls of it go on. */
  #rejected: Execution | undefined;
  #abandoned: Execution | undefined;

  constructor(
    context: PassContext,
    task: TaskCode | undefined,
    ender: Ender,
    givingBack: GivingBack,
    timers: PassTimers,
    enter: () => void,
  ) {
    this.#context = context;
    this.#task = task;
    this.#ender = ender;
    this.#givingBack = givingBack;
    this.#timers = timers;
    this.#enter = enter;
  }

  /** `run`, or the last of the hooks, has settled, and nothing of ours is running any more. */
  ended(execution: Execution, settled: { readonly ok: boolean; readonly value: unknown }): void {
    execution.stop();
    const { canceled, journal } = execution;
    if (canceled !== undefined) return this.canceled(canceled.reason);
    const floating = execution.floating.first;
    const failed = execution.attempt?.failed;
    if (failed !== undefined) {
      giveBack(execution);
      return this.#failed(execution, failed.error);
    }
    if (!settled.ok && isCompletion(settled.value))
      return this.#ender.end({ event: "completed", output: settled.value.output });
    if (journal.ended !== undefined || (settled.ok && floating === undefined))
      return this.#ender.end({ event: "completed", output: settled.value });
    this.#failed(execution, settled.ok ? floating?.reason : settled.value);
  }

  /** Calls go on. Where `run` has rejected they have their time, and are left alone then. */
  goesOn(execution: Execution, settled: { readonly ok: boolean; readonly value: unknown } | undefined): void {
    if (settled === undefined) return;
    if (execution.cutOff.isAllOf(execution)) return this.#abandon(execution, settled);
    if (settled.ok || this.#rejected === execution || isCompletion(settled.value)) return;
    this.#rejected = execution;
    const { error } = execution.attempt?.failed ?? { error: settled.value };
    const isLast = this.#after(execution, error).retryAt === undefined;
    this.#timers.after(isLast ? afterLastMs : afterAttemptMs, () => {
      if (execution.stopped || this.#ender.isOver || this.#ender.isDeciding) return;
      this.#context.print("warn", [leftGoing(execution, error)]);
      this.ended(execution, settled);
    });
  }

  #abandon(execution: Execution, settled: { readonly ok: boolean; readonly value: unknown }): void {
    if (this.#abandoned === execution) return;
    this.#abandoned = execution;
    this.#timers.after(abandonedMs, () => {
      if (execution.stopped || this.#ender.isOver || this.#ender.isDeciding) return;
      if (execution.cutOff.isAllOf(execution)) return this.ended(execution, settled);
      this.#abandoned = undefined;
      execution.kick();
    });
  }

  /** The run ends because it was canceled, or has used up its time. */
  canceled(reason: CancelRecord["reason"]): void {
    const event = reason === "canceled" ? "canceled" : "timedOut";
    this.#ender.end({ event, error: new RunCanceledError(this.#context.run.id, reason) });
  }

  /** Nothing in the run can ever settle what it awaits. */
  stuck({ canceled }: Execution): void {
    if (canceled !== undefined) return this.canceled(canceled.reason);
    this.#ender.end({ event: "failed", error: neverSettles(this.#context.run) });
  }

  #after(execution: Execution, error: unknown): AfterAttempt {
    const { clock, chance } = this.#context.ports;
    const known = execution.attempt?.failed?.next;
    return known ?? afterAttempt(execution, error, this.#context, clock.now(), chance.fraction());
  }

  #failed(execution: Execution, error: unknown): void {
    const next = this.#after(execution, error);
    const machine = this.#machineFor(error);
    if (machine !== undefined) return this.#moveTo(execution, machine, error, next.rejects);
    if (next.retryAt === undefined)
      return this.#ender.end({ event: "failed", error, failedBy: next.rejects });
    const { retryAt, rejects } = next;
    this.#told(execution, { error: toRunError(error), retryAt, rejects }, () => this.#backOff(retryAt));
  }

  /** Writes the record of an attempt that has failed. */
  #told(
    execution: Execution,
    failed: Pick<AttemptRecord, "error" | "retryAt" | "rejects">,
    go: () => void,
  ): void {
    const { writer } = this.#context;
    leavesMetadata(execution)
      .then((left) => writer.write({ kind: "attempt", ...failed, ...left }))
      .then(go)
      .catch((cause: unknown) => this.#context.fail(cause));
  }

  /** Where a run goes on that has told that it is out of memory; undefined: nowhere, or it is there already. */
  #machineFor(error: unknown): MachineName | undefined {
    const larger = this.#task?.largerMachine;
    return isOutOfMemory(error) && this.#context.run.machine !== larger ? larger : undefined;
  }

  #moveTo(
    execution: Execution,
    machine: MachineName,
    error: unknown,
    rejects: AfterAttempt["rejects"],
  ): void {
    const retryAt = this.#context.ports.clock.now();
    this.#told(execution, { error: toRunError(error), retryAt, rejects }, () =>
      this.#givingBack.forMachine(machine),
    );
  }

  /** The next attempt: in this pass when it is near, else in a later one. */
  #backOff(retryAt: number): void {
    const wait = retryAt - this.#context.ports.clock.now();
    if (wait < shortWaitMs) this.#timers.after(Math.max(0, wait), () => !this.#ender.isOver && this.#enter());
    else this.#givingBack.forAttempt(retryAt, this.#enter);
  }
}
