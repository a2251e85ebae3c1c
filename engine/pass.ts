/**
 * One pass: from the claim of a run to the lease given back.
 *
 * Owns:      the lease, the attempts, and the decision to go on, suspend, leave or end.
 * Never:     delivers a record (`execution.ts`) or makes a unit (`unit.ts`).
 * Invariant: P1 nothing is begun or written without the lease. P2 a pass ends in exactly one of the ways of `PassEnd`.
 *            P3 a run is suspended only when nothing of ours is running and the inbox has no news.
 */
import type { Ask } from "./ask.ts";
import { rejectedBy } from "./blame.ts";
import { readJournal, takeLease } from "./claim.ts";
import { decode } from "./codec.ts";
import { currentRun } from "./current-run.ts";
import { tellParent, writeEnd, type Ending } from "./ending.ts";
import { HoldfastError, RunCanceledError } from "./errors.ts";
import { Execution } from "./execution.ts";
import { recordOf } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import type { LogLevel, PassContext } from "./pass-context.ts";
import type { Ports } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import { delayBefore, type RetryPolicy, toRunError, verdict } from "./retry.ts";
import { type Lease, type Run, renew, suspend, type WaitingFor, yieldPass } from "./run.ts";
import { cancelRun, textOf } from "./start.ts";
import type { TaskCode } from "./task-code.ts";
import { Writer } from "./writer.ts";

/** A wait that ends sooner is slept through. */
const shortWaitMs = 1_000;
/** How long promises and libraries that are not ours may go on before a suspend interrupts them. */
const graceMs = 1_000;
/** Clocks of two machines may differ by this much. */
const skewMs = 5_000;
/** After a cancel, `catch` and `finally` may still await for this long. */
const afterCancelMs = 60_000;

export interface PassOptions {
  readonly runId: string;
  /** Who works: a process incarnation (one machine) or an invocation (AWS). */
  readonly owner: string;
  /** The lease by the clock; absent where a lease is its process's life. */
  readonly leaseMs?: number | undefined;
  /** After this long no new unit begins, and the pass ends as soon as nothing is in flight. */
  readonly leaveAfterMs?: number | undefined;
  /** How long a pass waits for a child's end before it suspends. */
  readonly lingerMs?: number | undefined;
  readonly findTask: (id: string) => TaskCode | undefined;
  /** A line of the author's. */
  readonly print?: ((run: Run, level: LogLevel, parts: readonly unknown[]) => void) | undefined;
}

export interface PassEnd {
  readonly outcome: "busy" | "unknown" | "finished" | "suspended" | "yielded" | "superseded";
  readonly runId: string;
}

/** Works on a run: claims it, goes on from its journal, and gives it back. */
export async function passOver(ports: Ports, options: PassOptions, onLive: (pass: Pass) => void): Promise<PassEnd> {
  const { runId } = options;
  const claimed = await takeLease(ports, runId, options.owner, options.leaseMs);
  if (claimed === "busy" || claimed === "unknown") return { outcome: claimed, runId };
  if ("finished" in claimed) {
    await tellParent(ports, claimed.finished);
    return { outcome: "finished", runId };
  }
  const journal = await readJournal(ports, claimed.run, claimed.lease);
  if (journal === undefined) return { outcome: "superseded", runId };
  const pass = new Pass(ports, options, claimed.run, claimed.lease, journal);
  onLive(pass);
  return pass.work();
}

export class Pass implements PassContext {
  readonly ports: Ports;
  readonly run: Run;
  readonly lease: Lease;
  readonly writer: Writer;
  readonly retry: RetryPolicy;
  readonly loaded = new Map<string, string>();
  readonly loading = new Set<string>();
  readonly #options: PassOptions;
  readonly #journal: Journal;
  readonly #task: TaskCode | undefined;
  readonly #abort = new AbortController();
  readonly #begunAt: number;
  readonly #timers: (() => void)[] = [];
  readonly #news = new Set<string>();
  #execution: Execution | undefined;
  #settled: { ok: boolean; value: unknown } | undefined;
  #leaseUntil: number | undefined;
  #readNews: number;
  #isReading = false;
  #isEnding = false;
  #isLeaving = false;
  #stuckSince: number | undefined;
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
    const retry = this.#task?.retry ?? { maxAttempts: 1, factor: 1, minTimeoutInMs: 0, maxTimeoutInMs: 0, randomize: false };
    this.retry = run.maxAttempts === undefined ? retry : { ...retry, maxAttempts: run.maxAttempts };
    this.#begunAt = ports.clock.now();
    this.#leaseUntil = run.leaseUntil;
    this.#readNews = 0;
    this.writer = new Writer(ports, lease, journal, () => this.#finish("superseded"));
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
      if (this.run.resumes > this.#journal.resumes) await this.#noteResume();
      if (this.#task === undefined) await this.#endWith({ event: "failed", error: this.#noTask() });
      else {
        if (this.run.news > 0) await this.#readInbox();
        this.#enter();
      }
    } catch (error) {
      this.#stop();
      throw error;
    }
    return { outcome: await ended, runId: this.run.id };
  }

  #noTask(): HoldfastError {
    const { task, codeVersion } = this.run;
    return new HoldfastError("HF311", `Task "${task}" is not in code version ${codeVersion}.`, "Bring the task back, then resume the run on the newest code.");
  }

  #noteResume(): Promise<number> {
    const { codeVersion, resumedFrom, failedBy } = this.run;
    return this.writer.write({
      kind: "resume",
      codeVersion,
      isOtherCode: resumedFrom !== undefined && resumedFrom !== codeVersion,
      drops: failedBy ?? [],
    });
  }

  #after(ms: number, fn: () => void): void {
    this.#timers.push(this.ports.clock.after(ms, fn));
  }

  #keepTime(): void {
    const { leaseMs, leaveAfterMs } = this.#options;
    if (leaseMs !== undefined) this.#after(leaseMs / 3, () => this.#renew(leaseMs));
    if (leaveAfterMs !== undefined) this.#after(leaveAfterMs, () => this.leave());
    const limit = this.run.maxDurationMs ?? this.#task?.maxDurationMs;
    if (limit !== undefined) this.#after(Math.max(0, limit - this.run.activeMs), () => this.#timeOut());
  }

  #renew(leaseMs: number): void {
    if (this.#isEnding) return;
    const now = this.ports.clock.now();
    this.ports.store.write(this.run.id, renew(this.lease, now, now + leaseMs)).then(
      ({ applied }) => {
        if (!applied) return this.#finish("superseded");
        this.#leaseUntil = now + leaseMs;
        this.#after(leaseMs / 3, () => this.#renew(leaseMs));
      },
      () => this.#after(leaseMs / 10, () => this.#renew(leaseMs)),
    );
  }

  #timeOut(): void {
    if (this.#isEnding || this.#journal.cancel !== undefined) return;
    this.writer.write({ kind: "cancel", reason: "timedOut" }).then(() => this.#execution?.kick());
  }

  /** Enters `run`: the first time, or again after an attempt that failed. */
  #enter(): void {
    const task = this.#task as TaskCode;
    const execution = new Execution(this, this.#journal);
    this.#execution = execution;
    this.#settled = undefined;
    const settle = (ok: boolean, value: unknown): void => {
      if (this.#execution !== execution || execution.stopped) return;
      this.#settled = { ok, value };
      execution.kick();
    };
    currentRun.run({ execution }, () => {
      Promise.resolve(textOf(this.ports, this.run.payload))
        .then((text) => task.enter(execution.root, decode(text), { run: this.run, attempt: this.#journal.attempts.length + 1, signal: this.signal }))
        .then(
          (value) => settle(true, value),
          (error: unknown) => settle(false, error),
        );
    });
    execution.kick();
  }

  // What units and the pump ask of the pass.

  mayBegin(): boolean {
    return !this.#isLeaving && this.holds();
  }

  holds(): boolean {
    if (this.#isEnding) return false;
    return this.#leaseUntil === undefined || this.ports.clock.now() < this.#leaseUntil - skewMs;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#execution?.kick();
  }

  fail(error: unknown): void {
    if (this.#isEnding) return;
    if (error instanceof HoldfastError && !error.retryable) {
      void this.#endWith({ event: "failed", error });
      return;
    }
    this.#stop();
    this.#reject(error);
  }

  print(level: LogLevel, parts: readonly unknown[]): void {
    this.#options.print?.(this.run, level, parts);
  }

  canceled(record: CancelRecord, pending: readonly Ask[]): void {
    this.#abort.abort(new RunCanceledError(this.run.id, record.reason));
    this.#after(Math.max(0, record.t + afterCancelMs - this.ports.clock.now()), () => this.#endCanceled(record));
    for (const { options } of pending) {
      if (options.childId !== undefined) cancelRun(this.ports, options.childId).catch(() => {});
    }
  }

  /** A ring came while the pass is working: the inbox may have news. */
  wake(): void {
    if (this.#isEnding || this.#execution === undefined) return;
    this.#readInbox().then(
      () => this.#execution?.kick(),
      () => {},
    );
  }

  async #readInbox(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const head = await this.ports.store.read(this.run.id);
      const items = await this.ports.store.inbox(this.run.id);
      this.#readNews = head?.news ?? this.#readNews;
      await Promise.all(items.map((item) => this.#takeItem(item)));
    } finally {
      this.#isReading = false;
    }
  }

  async #takeItem(item: { readonly id: string; readonly data: string }): Promise<void> {
    if (this.#news.has(item.id)) return;
    this.#news.add(item.id);
    const draft = recordOf(item, this.#journal);
    if (draft !== undefined) await this.writer.write(draft);
  }

  /** The pump has nothing to do: decides what comes next. */
  quiet(): void {
    const execution = this.#execution;
    if (execution === undefined || this.#isEnding || this.#isReading || this.writer.open > 0) return;
    const { busy, soft, wakeAt } = execution.quiet();
    if (busy) {
      this.#quietSince = undefined;
      return;
    }
    if (this.#settled !== undefined) return this.#attemptEnded(execution, this.#settled);
    const now = this.ports.clock.now();
    if (this.#isLeaving && soft === 0) return this.#giveBack(() => this.#yield(now));
    if (wakeAt === undefined) return soft > 0 || execution.libraries.hasLive ? undefined : this.#stuck(now);
    this.#stuckSince = undefined;
    if (wakeAt - now < shortWaitMs) return;
    const foreign = soft > 0 || execution.libraries.hasLive;
    const linger = Math.max(foreign ? graceMs : 0, wakeAt === Number.POSITIVE_INFINITY ? (this.#options.lingerMs ?? 0) : 0);
    this.#quietSince ??= now;
    const rest = this.#quietSince + linger - now;
    if (rest > 0) return this.#after(rest, () => execution.kick());
    this.#giveBack(() => this.#suspend(now, wakeAt));
  }

  /** Nothing is running and nothing waits, and yet `run` has not settled: its await can never settle. */
  #stuck(now: number): void {
    this.#stuckSince ??= now;
    if (now - this.#stuckSince < graceMs) return this.#after(graceMs, () => this.#execution?.kick());
    const what = `Run ${this.run.id} awaits a promise that nothing in it can settle.`;
    void this.#endWith({ event: "failed", error: new HoldfastError("HF310", what, "Look for a promise that is never resolved.") });
  }

  #counts(): Pick<Run, "activeMs" | "attempts" | "lastNumber"> {
    return {
      activeMs: this.run.activeMs + this.ports.clock.now() - this.#begunAt,
      attempts: this.#journal.attempts.length,
      lastNumber: this.#journal.last,
    };
  }

  #giveBack(write: () => Promise<void>): void {
    this.#isReading = true;
    write()
      .catch(() => this.#after(shortWaitMs, () => this.#execution?.kick()))
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #suspend(now: number, wakeAt: number): Promise<void> {
    await this.#noteChildren();
    const set = {
      wakeAt: wakeAt === Number.POSITIVE_INFINITY ? undefined : wakeAt,
      waitingFor: this.#waitingFor(),
      ...this.#counts(),
    };
    const answer = await this.ports.store.write(this.run.id, suspend(this.lease, now, this.#readNews, set));
    if (answer.applied) return this.#finish("suspended");
    if (answer.run?.epoch !== this.lease.epoch || answer.run.owner !== this.lease.owner) return this.#finish("superseded");
    this.#isReading = false;
    await this.#readInbox();
    this.#execution?.kick();
  }

  async #yield(now: number): Promise<void> {
    await this.#noteChildren();
    const answer = await this.ports.store.write(this.run.id, yieldPass(this.lease, now, this.#counts()));
    this.#finish(answer.applied ? "yielded" : "superseded");
    if (answer.applied) this.ports.doorbell.ring(this.run.id);
  }

  /** Children that are created and not yet known to be: no later pass creates them again. */
  async #noteChildren(): Promise<void> {
    const keys = [...(this.#execution?.asked.values() ?? [])]
      .filter((ask) => ask.options.sort === "child" && !this.#journal.hasChild(ask.key))
      .map((ask) => ask.key);
    if (keys.length > 0) await this.writer.write({ kind: "children", keys });
  }

  #waitingFor(): WaitingFor {
    const asks = [...(this.#execution?.asked.values() ?? [])].filter((ask) => this.#execution?.waiting.has(ask.key));
    const sorts = new Set(asks.map((ask) => ask.options.sort));
    const kind = sorts.has("child") ? "child" : sorts.has("token") ? "token" : sorts.has("wait") ? "timer" : "retry";
    return { kind, count: Math.max(1, asks.length) };
  }

  // How an attempt, and with it the run, ends.

  #attemptEnded(execution: Execution, settled: { ok: boolean; value: unknown }): void {
    execution.stop();
    const canceled = execution.canceled;
    if (canceled !== undefined) return this.#endCanceled(canceled);
    if (settled.ok) {
      void this.#endWith({ event: "completed", output: settled.value });
      return;
    }
    this.#attemptFailed(execution, settled.value);
  }

  #attemptFailed(execution: Execution, error: unknown): void {
    const exhausted = execution.exhausted.get(error);
    const rejects = exhausted === undefined ? this.#rejects(execution, error) : [exhausted];
    const failed = this.#journal.attempts.length + 1;
    const { retry, afterMs } = verdict(error, this.ports.clock.now());
    if (exhausted !== undefined || !retry || failed >= this.retry.maxAttempts) {
      void this.#endWith({ event: "failed", error, failedBy: rejects });
      return;
    }
    const delay = afterMs ?? delayBefore(this.retry, failed, this.ports.chance.fraction());
    const retryAt = this.ports.clock.now() + delay;
    this.writer.write({ kind: "attempt", error: toRunError(error), retryAt, rejects }).then(() => this.#backOff(retryAt));
  }

  /** The records that the author's code rejects: by a guarded `throw`, or by any error right behind a safe `fetch`. */
  #rejects(execution: Execution, error: unknown): readonly { key: string; gen: number }[] {
    const redo = this.#task?.redo ?? "failures";
    const blamed = rejectedBy(error, redo);
    const last = execution.lastDelivered;
    if (blamed.length > 0 || redo === "never" || last === undefined || !last.safe || last.begun !== execution.begun) return blamed;
    return [last.blamed];
  }

  /** The next attempt: in this pass when it is near, else in a later one. */
  #backOff(retryAt: number): void {
    const now = this.ports.clock.now();
    if (retryAt - now < shortWaitMs) return this.#after(Math.max(0, retryAt - now), () => !this.#isEnding && this.#enter());
    const set = { wakeAt: retryAt, waitingFor: { kind: "retry", count: 1 } as const, ...this.#counts() };
    const write = async (): Promise<void> => {
      const answer = await this.ports.store.write(this.run.id, suspend(this.lease, now, this.#readNews, set));
      if (answer.applied) return this.#finish("suspended");
      if (answer.run?.epoch !== this.lease.epoch) return this.#finish("superseded");
      this.#isReading = false;
      await this.#readInbox();
      this.#enter();
    };
    this.#giveBack(write);
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
    for (const cancel of this.#timers) cancel();
  }

  #finish(outcome: PassEnd["outcome"]): void {
    if (this.#isEnding) return;
    this.#stop();
    this.#end(outcome);
  }
}
