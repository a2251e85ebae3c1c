/**
 * What runs do to the outside world, and what must be true of it whenever something is done.
 *
 * Owns:      the ledger of effects, and which results are recorded.
 * Invariant: what an effect gives follows from its name alone, but for stamps.
 */
import type { Execution } from "../../../engine/execution.ts";
import { idempotencyKeyOf } from "../../../engine/fingerprint.ts";
import type { JournalEntry } from "../../../engine/ports.ts";
import { fromText } from "../../../engine/record.ts";
import type { Run } from "../../../engine/run.ts";
import type { Process } from "./process.ts";

/** A pass that is or was at work. */
export interface PassAtWork {
  readonly process: Process;
  readonly runId: string;
  readonly owner: string;
  readonly codeVersion: string;
  readonly secretVersion: string | undefined;
  /** It has come to its own end. */
  isOver: boolean;
}

/** One making of an effect. */
interface Making {
  readonly pass: PassAtWork;
  readonly epoch: number;
  readonly argument: string;
  hasFailed: boolean;
}

interface Unit {
  readonly name: string;
  readonly makings: Making[];
}

/** Somebody inside a place that holds only so many. */
interface Visit {
  readonly pass: PassAtWork;
  readonly epoch: number;
}

/** What the ledger asks of the world. */
export interface LedgerDeps {
  /** The head as it stands in the store. */
  readonly head: (runId: string) => Run | undefined;
  readonly violated: (what: string) => void;
  readonly note: (what: string) => void;
}

export class Ledger {
  readonly #deps: LedgerDeps;
  readonly #units = new Map<string, Unit>();
  readonly #recorded = new Map<string, { runId: string; number: number; epoch: number }>();
  readonly #passRecords = new Map<string, { number: number; epoch: number }[]>();
  /** Units that a cancel has settled. */
  readonly #cutOff = new Set<string>();
  readonly #visits = new Map<string, Set<Visit>>();
  /** What was gone on with. */
  readonly #stamps = new Map<string, string>();
  /** How often each effect was made. */
  readonly counts = new Map<string, number>();
  effects = 0;
  repeated = 0;

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
  }

  /** An entry is in the log: the unit that it is about is recorded, unless it stands behind a newer pass record. */
  appended(runId: string, { number, epoch, data }: JournalEntry): void {
    const record = fromText(data);
    const passes = this.#passRecords.get(runId) ?? [];
    if (record.kind === "pass") {
      this.#passRecords.set(runId, [...passes, { number, epoch }]);
      for (const [unit, at] of this.#recorded)
        if (at.runId === runId && at.number > number && at.epoch < epoch) this.#recorded.delete(unit);
      return;
    }
    if (record.kind === "cancel") this.#canceled(runId);
    if (record.kind !== "result" || passes.some((pass) => pass.number < number && pass.epoch > epoch)) return;
    this.#recorded.set(idempotencyKeyOf(runId, record.key, record.gen), { runId, number, epoch });
  }

  /**
   * An effect begins. `unit`: its idempotency key; `argument`: all that it is made with; `after`: the effect whose result
   * the program has got before.
   */
  begin(
    pass: PassAtWork,
    { context }: Execution,
    unit: string,
    name: string,
    argument: string,
    after?: string,
  ): Making {
    const { epoch } = context.lease;
    this.#deps.note(`${pass.process.name} makes ${name} ${argument} as ${unit.slice(0, 6)}`);
    this.effects++;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const { makings } = this.#unit(unit, name);
    if (after !== undefined && !this.#isRecorded(after))
      this.#deps.violated(`${name} is made on the result of ${after}, which is not recorded`);
    if (this.#cutOff.has(unit)) this.#deps.violated(`${name} was cut off by a cancel, and is made again`);
    const making = { pass, epoch, argument, hasFailed: false };
    this.#judge(unit, name, making, makings.at(-1));
    makings.push(making);
    return making;
  }

  /** What was under way when a run was canceled is not made again. */
  #canceled(runId: string): void {
    for (const [unit, { makings }] of this.#units)
      if (makings.at(-1)?.pass.runId === runId && !this.#recorded.has(unit)) this.#cutOff.add(unit);
  }

  #isRecorded(name: string): boolean {
    return [...this.#units].some(([unit, made]) => made.name === name && this.#recorded.has(unit));
  }

  #unit(key: string, name: string): Unit {
    const there = this.#units.get(key);
    if (there !== undefined && there.name !== name)
      this.#deps.violated(`${name} has the idempotency key of ${there.name}`);
    const unit = there ?? { name, makings: [] };
    this.#units.set(key, unit);
    return unit;
  }

  #judge(unit: string, name: string, making: Making, last: Making | undefined): void {
    const { pass, epoch } = making;
    const { violated } = this.#deps;
    const head = this.#deps.head(pass.runId);
    if (this.#recorded.has(unit)) violated(`the recorded effect ${name} is made again`);
    if (head?.owner !== pass.owner || head.epoch !== epoch)
      violated(`${name} is made by ${pass.owner}, which has lost the run to ${head?.owner}`);
    if (head?.codeVersion !== pass.codeVersion)
      violated(`${name} is made on code ${pass.codeVersion}, its run is pinned to ${head?.codeVersion}`);
    if (head?.secretVersion !== pass.secretVersion)
      violated(
        `${name} is made on secrets ${pass.secretVersion}, its run is pinned to ${head?.secretVersion}`,
      );
    if (last === undefined) return;
    this.repeated++;
    if (last.argument !== making.argument)
      violated(`${name} is made again with ${making.argument} and not with ${last.argument}`);
    if (!last.hasFailed && this.#isAtWork(last))
      violated(`${name} is made again, though nothing has interrupted it`);
  }

  /** What a program has got of `name=value` once it gets in every later pass: it has gone on with it. */
  saw(stamps: readonly string[]): void {
    for (const stamp of stamps) {
      const name = stamp.slice(0, stamp.indexOf("="));
      const before = this.#stamps.get(name);
      if (before !== undefined && before !== stamp)
        this.#deps.violated(`${before} was gone on with, and ${stamp} is now`);
      this.#stamps.set(name, stamp);
    }
  }

  /** Is the pass that made this still the one that works on the run? */
  #isAtWork({ pass, epoch }: Visit): boolean {
    const head = this.#deps.head(pass.runId);
    return !pass.isOver && !pass.process.isDead && head?.owner === pass.owner && head.epoch === epoch;
  }

  /** Somebody goes into a place that holds only so many at once. */
  enter(place: string, limit: number, visit: Visit): () => void {
    const visits = this.#visits.get(place) ?? new Set();
    this.#visits.set(place, visits.add(visit));
    const inside = [...visits].filter((each) => this.#isAtWork(each)).length;
    if (inside > limit) this.#deps.violated(`${inside} are inside ${place}, which holds ${limit}`);
    return () => void visits.delete(visit);
  }

  /** The idempotency keys under which an effect was made: one, and one more for each time that it was rejected. */
  keysOf(name: string): number {
    return [...this.#units.values()].filter((unit) => unit.name === name).length;
  }

  /** All effects that were made. */
  names(): string[] {
    return [...this.counts.keys()];
  }
}
