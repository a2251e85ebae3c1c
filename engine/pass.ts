/**
 * One pass: from the claim of a run to the lease given back.
 *
 * Owns:      the lease, the attempts, and the decision to go on, suspend, leave or end.
 * Never:     delivers a record (`execution.ts`) or makes a unit (`unit.ts`).
 * Invariant: P1 nothing is begun or written without the lease. P2 a pass ends in exactly one of the ways of `PassEnd`.
 *            P3 a run is suspended only when nothing of ours is running and the inbox has no news.
 */
import type { Ask } from "./ask.ts";
import { afterAttempt } from "./attempt.ts";
import type { Redo } from "./blame.ts";
import { resumeOf } from "./claim.ts";
import { type Ending, writeEnd } from "./ending.ts";
import { enterRun } from "./entering.ts";
import { isOwnError, RunCanceledError } from "./errors.ts";
import { Execution } from "./execution.ts";
import { type Counts, GivingBack } from "./giving-back.ts";
import type { Lease } from "./head-write.ts";
import { InboxReader } from "./inbox-reader.ts";
import type { Journal } from "./journal.ts";
import { LeaseHold } from "./lease-hold.ts";
import type { LogLevel, PassContext } from "./pass-context.ts";
import { neverSettles, startedLate, taskMissing } from "./pass-errors.ts";
import type { PassEnd, PassOptions } from "./pass-options.ts";
import { PassTimers } from "./pass-timers.ts";
import type { Ports } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import { decide, shortWaitMs } from "./rest.ts";
import { defaultRetry, type RetryPolicy, toRunError } from "./retry.ts";
import type { Run } from "./run.ts";
import { lineAt } from "./run-logs.ts";
import { SpilledValues } from "./spilled-values.ts";
import { cancelRun } from "./start.ts";
import type { TaskCode } from "./task-code.ts";
import { Writer } from "./writer.ts";

/** After a cancel, `catch` and `finally` may still await for this long. */
const afterCancelMs = 60_000;

export class Pass implements PassContext {
  readonly ports: Ports;
  readonly run: Run;
  readonly lease: Lease;
  readonly writer: Writer;
  readonly retry: RetryPolicy;
  readonly redo: Redo;
  readonly spilled: SpilledValues;
  readonly #options: PassOptions;
  readonly #journal: Journal;
  readonly #task: TaskCode | undefined;
  readonly #abort = new AbortController();
  readonly #begunAt: number;
  readonly #hold: LeaseHold;
  readonly #timers: PassTimers;
  readonly #inbox: InboxReader;
  readonly #givingBack: GivingBack;
  #execution: Execution | undefined;
  #settled: { ok: boolean; value: unknown } | undefined;
  #isEnding = false;
  #isLeaving = false;
  #quietSince: number | undefined;
  #end: (end: PassEnd["outcome"]) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(ports: Ports, options: PassOptions, run: Run, lease: Lease, journal: Journal) {
    this.ports = ports;
    this.#options = options;
    this.run = run;
    this.lease = lease;
    this.#journal = journal;
    this.#task = options.findTask(run.task);
    const retry = this.#task?.retry ?? defaultRetry;
    this.retry = run.maxAttempts === undefined ? retry : { ...retry, maxAttempts: run.maxAttempts };
    this.redo = this.#task?.redo ?? "failures";
    this.#begunAt = ports.clock.now();
    this.#timers = new PassTimers(ports.clock);
    const finish = (outcome: PassEnd["outcome"]): void => this.#finish(outcome);
    const lost = (): void => finish("superseded");
    const heard = (news: number): void => void (news > this.#inbox.news && this.wake());
    this.#hold = new LeaseHold(ports, run, lease, options.leaseMs, lost, heard);
    this.writer = new Writer(ports, lease, journal, lost);
    this.#inbox = new InboxReader(ports, run, journal, this.writer);
    const kick = (): void => this.#execution?.kick();
    this.spilled = new SpilledValues(ports.spill, kick, (error) => this.fail(error));
    this.#givingBack = new GivingBack(this, journal, this.#inbox, () => this.#counts(), finish);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Works until the pass ends. */
  async work(): Promise<PassEnd> {
    const ended = new Promise<PassEnd["outcome"]>((resolve, reject) => {
      this.#end = resolve;
      this.#reject = reject;
    });
    this.#keepTime();
    try {
      if (this.run.resumes > this.#journal.resumes) await this.writer.write(resumeOf(this.run));
      const late = startedLate(this.run, this.#begunAt);
      if (late !== undefined) await this.#endWith({ event: "expired", error: late });
      else if (this.#task === undefined)
        await this.#endWith({ event: "failed", error: taskMissing(this.run) });
      else {
        if (this.run.news > 0) await this.#inbox.read(undefined);
        this.#enter();
      }
    } catch (error) {
      this.#stop();
      throw error;
    }
    return { outcome: await ended, runId: this.run.id };
  }

  #keepTime(): void {
    this.#hold.keep();
    const { leaveAfterMs } = this.#options;
    if (leaveAfterMs !== undefined) this.#timers.after(leaveAfterMs, () => this.leave());
    const limit = this.run.maxDurationMs ?? this.#task?.maxDurationMs;
    if (limit !== undefined)
      this.#timers.after(Math.max(0, limit - this.run.activeMs), () => this.#timeOut());
  }

  #timeOut(): void {
    if (this.#isEnding || this.#journal.cancel !== undefined) return;
    this.writer.write({ kind: "cancel", reason: "timedOut" }).then(() => this.#execution?.kick());
  }

  /** Enters `run`: the first time, or again after an attempt that failed. */
  #enter(): void {
    const execution = new Execution(this, this.#journal);
    this.#execution = execution;
    this.#settled = undefined;
    enterRun(execution, this.#task as TaskCode, (ok, value) => {
      if (this.#execution !== execution || execution.stopped) return;
      this.#settled = { ok, value };
      execution.kick();
    });
  }

  // What units and the pump ask of the pass.

  mayBegin(): boolean {
    return !this.#isLeaving && this.holds();
  }

  holds(): boolean {
    return !this.#isEnding && this.#hold.isHeld;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#execution?.kick();
  }

  fail(error: unknown): void {
    if (this.#isEnding) return;
    if (isOwnError(error) && !error.retryable) {
      void this.#endWith({ event: "failed", error });
      return;
    }
    this.#stop();
    this.#reject(error);
  }

  print(level: LogLevel, parts: readonly unknown[]): void {
    this.#options.print?.(this.run, level, parts, lineAt(this.#journal, this.lease));
  }

  canceled(record: CancelRecord, pending: readonly Ask[]): void {
    this.#abort.abort(new RunCanceledError(this.run.id, record.reason));
    this.#timers.after(Math.max(0, record.t + afterCancelMs - this.ports.clock.now()), () =>
      this.#endCanceled(record),
    );
    for (const { options } of pending) {
      if (options.childId !== undefined) cancelRun(this.ports, options.childId).catch(() => {});
    }
  }

  /** A ring came while the pass is working: the inbox may have news. */
  wake(): void {
    if (this.#isEnding || this.#execution === undefined) return;
    this.#inbox.read(this.#execution).then(
      () => this.#execution?.kick(),
      () => {},
    );
  }

  /** The pump has nothing to do: decides what comes next. */
  quiet(): void {
    const execution = this.#execution;
    if (
      execution === undefined ||
      this.#isEnding ||
      this.#givingBack.isOpen ||
      this.#inbox.isReading ||
      this.writer.open > 0
    )
      return;
    if (!this.#hold.isHeld) return this.#finish("superseded");
    const quiet = execution.quiet();
    const now = this.ports.clock.now();
    if (quiet.busy) {
      this.#quietSince = undefined;
      return this.#options.rests?.(false);
    }
    if (this.#settled !== undefined) return this.#attemptEnded(execution, this.#settled);
    this.#quietSince ??= now;
    const decision = decide(quiet, {
      now,
      since: this.#quietSince,
      isLeaving: this.#isLeaving,
      hasLiveLibrary: execution.libraries.calls.hasLive,
      lingerMs: this.#options.lingerMs ?? 0,
    });
    const sleeps = decision.kind === "goOn" && quiet.wakeAt !== undefined;
    this.#options.rests?.(sleeps || decision.kind === "rest");
    if (decision.kind === "rest") this.#timers.after(decision.ms, () => execution.kick());
    else if (decision.kind === "stuck")
      void this.#endWith({ event: "failed", error: neverSettles(this.run) });
    else if (decision.kind === "yield") this.#givingBack.leave(execution);
    else if (decision.kind === "suspend") this.#givingBack.untilDue(execution, decision.wakeAt);
  }

  #counts(): Counts {
    return {
      activeMs: this.run.activeMs + this.ports.clock.now() - this.#begunAt,
      attempts: this.#journal.attempts.length,
      lastNumber: this.#journal.last,
    };
  }

  // How an attempt, and with it the run, ends.

  #attemptEnded(execution: Execution, settled: { ok: boolean; value: unknown }): void {
    execution.stop();
    const canceled = execution.canceled;
    if (canceled !== undefined) return this.#endCanceled(canceled);
    const floating = execution.floating.first;
    if (settled.ok && floating !== undefined) return this.#attemptFailed(execution, floating.reason);
    if (settled.ok) {
      void this.#endWith({ event: "completed", output: settled.value });
      return;
    }
    this.#attemptFailed(execution, settled.value);
  }

  #attemptFailed(execution: Execution, error: unknown): void {
    const now = this.ports.clock.now();
    const next = afterAttempt(execution, error, this, now, this.ports.chance.fraction());
    if (next.retryAt === undefined) {
      void this.#endWith({ event: "failed", error, failedBy: next.rejects });
      return;
    }
    const { retryAt, rejects } = next;
    this.writer
      .write({ kind: "attempt", error: toRunError(error), retryAt, rejects })
      .then(() => this.#backOff(retryAt));
  }

  /** The next attempt: in this pass when it is near, else in a later one. */
  #backOff(retryAt: number): void {
    const wait = retryAt - this.ports.clock.now();
    if (wait < shortWaitMs) this.#timers.after(Math.max(0, wait), () => !this.#isEnding && this.#enter());
    else this.#givingBack.forAttempt(retryAt, () => this.#enter());
  }

  #endCanceled(record: CancelRecord): void {
    const event = record.reason === "canceled" ? "canceled" : "timedOut";
    void this.#endWith({ event, error: new RunCanceledError(this.run.id, record.reason) });
  }

  async #endWith(ending: Ending): Promise<void> {
    if (this.#isEnding) return;
    this.#stop();
    try {
      const applied = await writeEnd(this.ports, this.run, this.lease, this.#journal, this.#counts(), ending);
      this.#end(applied ? "finished" : "superseded");
    } catch (error) {
      this.#reject(error);
    }
  }

  #stop(): void {
    this.#isEnding = true;
    this.writer.stopped = true;
    this.#execution?.stop();
    this.#hold.stop();
    this.#timers.stop();
  }

  #finish(outcome: PassEnd["outcome"]): void {
    if (this.#isEnding) return;
    this.#stop();
    this.#end(outcome);
  }
}
