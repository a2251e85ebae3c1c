/**
 * One pass: from the claim of a run to the lease given back.
 *
 * Owns:      the lease, the attempts, and the decision to go on, suspend, leave or end.
 * Never:     delivers a record (`execution.ts`) or makes a unit (`unit.ts`).
 * Invariant: P1 nothing is begun or written without the lease. P2 a pass ends in exactly one of the ways of `PassEnd`.
 *            P3 a run is suspended only when nothing of ours is running and the inbox has no news.
 */
import { ActiveTime } from "./active-time.ts";
import type { Ask } from "./ask.ts";
import { Attempts } from "./attempts.ts";
import type { Redo } from "./blame.ts";
import { Cascade } from "./cascade.ts";
import { resumeOf } from "./claim.ts";
import { enterHooks } from "./end-hooks.ts";
import { Ender } from "./ender.ts";
import { enterRun } from "./entering.ts";
import { RunCanceledError } from "./errors.ts";
import { Execution } from "./execution.ts";
import { againMs, type Counts, GivingBack } from "./giving-back.ts";
import type { Lease } from "./head-write.ts";
import { InboxReader } from "./inbox-reader.ts";
import type { Journal } from "./journal.ts";
import { cutTime } from "./lateness.ts";
import { LeaseHold } from "./lease-hold.ts";
import { timersUntil } from "./own-timers.ts";
import type { LogLevel, PassContext } from "./pass-context.ts";
import type { PassEnd, PassOptions } from "./pass-options.ts";
import { PassTimers } from "./pass-timers.ts";
import type { Ports } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import { decide, Stillness } from "./rest.ts";
import { defaultRetry, type RetryPolicy } from "./retry.ts";
import type { Run } from "./run.ts";
import { lineAt } from "./run-logs.ts";
import { ShownKeeper } from "./shown-keeper.ts";
import { SpilledValues } from "./spilled-values.ts";
import type { TaskCode } from "./task-code.ts";
import { endsLookedAt, endsUnentered } from "./verdict.ts";
import { Writer } from "./writer.ts";

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
  readonly #begunAt: number;
  readonly #active: ActiveTime;
  readonly #cascade: Cascade;
  readonly #ender: Ender;
  readonly shown: ShownKeeper;
  readonly #attempts: Attempts;
  readonly #hold: LeaseHold;
  readonly #timers: PassTimers;
  readonly #inbox: InboxReader;
  readonly #givingBack: GivingBack;
  #abort = new AbortController();
  #execution: Execution | undefined;
  #settled: { ok: boolean; value: unknown } | undefined;
  #isLeaving = false;
  readonly #stillness = new Stillness();
  /** When the run, or its hooks, are cut off. */
  #cutAt: number | undefined;

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
    this.#cascade = new Cascade(ports, journal);
    const limit = run.maxDurationMs ?? this.#task?.maxDurationMs;
    this.#active = new ActiveTime(ports.clock, run.activeMs, limit, () => this.#timeOut());
    const finish = (outcome: PassEnd["outcome"]): void => this.#ender.finish(outcome);
    const lost = (): void => finish("superseded");
    const heard = (head: Run): void => {
      this.shown.seen(head);
      if (head.news > this.#inbox.news) this.wake();
    };
    this.shown = new ShownKeeper(this, () => this.#execution, options.leaseMs !== undefined);
    const fields = () => this.shown.fields();
    const renewed = () => this.shown.renewed();
    this.#hold = new LeaseHold(ports, run, lease, options.leaseMs, lost, heard, renewed);
    const mayHold = options.joinsLast === true && this.#task?.isBare === true;
    this.writer = new Writer(ports, lease, journal, lost, mayHold);
    this.#inbox = new InboxReader(ports, run, journal, this.writer);
    const kick = (): void => this.#execution?.kick();
    this.spilled = new SpilledValues(ports.spill, kick, (error) => this.fail(error));
    const counts = (): Counts => this.#counts();
    this.#givingBack = new GivingBack(this, journal, this.#inbox, counts, this.shown, finish);
    this.#ender = new Ender({
      context: this,
      journal,
      inbox: this.#inbox,
      cascade: this.#cascade,
      task: this.#task,
      counts,
      stopProgram: () => this.#execution?.stop(),
      stopAll: () => this.stopAll(),
      enterHooks: () => this.#enterHooks(),
      metadata: () => this.shown.touched,
      unshown: fields,
    });
    const enter = (): void => this.#enter();
    this.#attempts = new Attempts(this, this.#task, this.#ender, this.#givingBack, this.#timers, enter);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Works until the pass ends. */
  async work(): Promise<PassEnd> {
    this.#hold.keep();
    const { leaveAfterMs } = this.#options;
    if (leaveAfterMs !== undefined) this.#timers.after(leaveAfterMs, () => this.leave());
    try {
      if (this.run.resumes > this.#journal.resumes) await this.writer.write(resumeOf(this.run));
      if (this.run.news > 0) await this.#inbox.read(undefined);
      const ending =
        endsUnentered(this.run, this.#journal, this.#task, this.#begunAt) ??
        (await endsLookedAt(this.ports, this.run, this.#journal, this.#task, this.#begunAt));
      if (ending !== undefined) this.#ender.end(ending);
      else if (this.#journal.ended === undefined) this.#enter();
      else this.#enterHooks();
    } catch (error) {
      this.#ender.stop();
      throw error;
    }
    return { outcome: await this.#ender.outcome, runId: this.run.id };
  }

  #timeOut(): void {
    const { cancel, ended } = this.#journal;
    if (this.#ender.isOver || this.#ender.isDeciding || (cancel ?? ended) !== undefined) return;
    this.writer.write({ kind: "cancel", reason: "timedOut" }).then(() => this.#execution?.kick());
  }

  /** Enters `run`: the first time, or again after an attempt that failed. */
  #enter(): void {
    this.#begin((execution, settle) => enterRun(execution, this.#task as TaskCode, settle));
  }

  /** The run has ended, and its hooks are left. */
  #enterHooks(): void {
    const { ended } = this.#journal;
    if (ended === undefined) return;
    this.#abort = new AbortController();
    const { number, record } = ended;
    this.#cutAt = undefined;
    this.#begin((execution, settle) => {
      // Nothing that came before is asked for any more.
      execution.cursor = number + 1;
      enterHooks(execution, this.#task as TaskCode, record, settle);
    });
    if (record.event === "canceled") this.#cutOff(number, "canceled");
  }

  #begin(enter: (execution: Execution, settle: (ok: boolean, value: unknown) => void) => void): void {
    const execution = new Execution(this, this.#journal);
    this.#execution = execution;
    this.#settled = undefined;
    enter(execution, (ok, value) => {
      if (this.#execution !== execution || execution.stopped) return;
      this.#settled = { ok, value };
      execution.kick();
    });
  }

  // What units and the pump ask of the pass.

  mayBegin(): boolean {
    return !this.#isLeaving && this.mayDeliver() && this.holds();
  }

  mayDeliver(): boolean {
    return !this.#givingBack.isOpen;
  }

  holds(): boolean {
    return !this.#ender.isOver && this.#hold.isHeld;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#execution?.kick();
  }

  fail(error: unknown): void {
    this.#ender.fail(error);
  }

  print(level: LogLevel, parts: readonly unknown[]): void {
    this.#options.print?.(this.run, level, parts, lineAt(this.#journal, this.lease));
  }

  canceled({ number, record }: { number: number; record: CancelRecord }, pending: readonly Ask[]): void {
    this.#abort.abort(new RunCanceledError(this.run.id, record.reason));
    this.#cascade.handOn(record, pending);
    this.#cutOff(number, record.reason);
  }

  cancelChild(runId: string): Promise<void> {
    return this.#cascade.cancel(runId);
  }

  /** What is left of the run, or of its hooks, may go on for so long behind the record of this number. */
  #cutOff(number: number, reason: CancelRecord["reason"]): void {
    this.#cutAt = cutTime(this.#journal, number);
    const rest = this.#cutAt - this.ports.clock.now();
    const cut = this.#execution;
    if (rest <= 0) return this.#attempts.canceled(reason);
    this.#timers.after(rest, () => this.#execution === cut && this.#attempts.canceled(reason));
  }

  /** A ring came while the pass is working: the inbox may have news. */
  wake(): void {
    if (this.#ender.isOver || this.#execution === undefined) return;
    this.#inbox.read(this.#execution).then(
      () => this.#execution?.kick(),
      () => void this.#timers.after(againMs, () => this.wake()),
    );
  }

  /** The pump has nothing to do: decides what comes next. */
  quiet(): void {
    const execution = this.#execution;
    const isEnding = this.#ender.isOver || this.#ender.isDeciding;
    const isWriting = this.#givingBack.isOpen || this.#inbox.isReading || this.writer.open > 0;
    if (execution === undefined || isEnding || isWriting) return;
    if (!this.#hold.isHeld) return this.#ender.finish("superseded");
    const quiet = execution.quiet();
    const now = this.ports.clock.now();
    if (quiet.busy) {
      this.#stillness.broken();
      this.#attempts.goesOn(execution, this.#settled);
      return this.#rests(false);
    }
    if (this.writer.hasMoves) return void this.writer.write({ kind: "empty" }).then(() => execution.kick());
    if (this.#settled !== undefined) return this.#attempts.ended(execution, this.#settled);
    const decision = decide(quiet, {
      now,
      since: this.#stillness.since(now, execution.cursor + execution.begun),
      isLeaving: this.#isLeaving,
      timersUntil: timersUntil(execution),
      hasLiveLibrary: execution.libraries.calls.hasLive,
      lingerMs: this.#options.lingerMs ?? 0,
      cutAt: this.#cutAt,
    });
    const sleeps = decision.kind === "goOn" && quiet.wakeAt !== undefined;
    this.#rests(sleeps || decision.kind === "rest");
    if (decision.kind === "rest") this.#timers.after(decision.ms, () => execution.kick());
    else if (decision.kind === "stuck") this.#attempts.stuck(execution);
    else if (decision.kind === "yield") this.#givingBack.leave(execution);
    else if (decision.kind === "suspend") this.#givingBack.untilDue(execution, decision.wakeAt);
  }

  #rests(isResting: boolean): void {
    this.#active.rests(isResting);
    this.#options.rests?.(isResting);
  }

  #counts(): Counts {
    return {
      activeMs: this.#active.ms,
      attempts: this.#journal.attempts.length,
      lastNumber: this.#journal.last,
      ...(this.run.awaitedSince === undefined ? {} : { awaitedSince: undefined }),
    };
  }

  /** Nothing of the pass goes on: it is over, or, in tests, its process is. */
  stopAll(): void {
    this.writer.stopped = true;
    this.#execution?.stop();
    this.#hold.stop();
    this.#timers.stop();
    this.#active.stop();
  }
}
