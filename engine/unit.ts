/**
 * One unit: how the program asks for it.
 *
 * Owns:      what answers where no try is needed: a record that another call has made, or shares.
 */
import type { Ask, AskOptions } from "./ask.ts";
import { emptiedFiles, openAgain } from "./file-streams.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import { closedStandIn, handleKeys } from "./handle.ts";
import { isMovable, mayBegin } from "./moved.ts";
import { isEager } from "./promises.ts";
import { takeAs, takeOver } from "./taking-over.ts";
import type { Making } from "./unit-making.ts";
import { Unit } from "./unit-tries.ts";

/** Asks for a unit. `first`: the outcome of a try that has already been begun. */
export function askUnit(
  frame: Frame,
  key: string,
  making: Making,
  first?: Promise<unknown>,
): Promise<unknown> {
  // Where a record answers, nobody else listens to a promise that is under way.
  first?.catch(() => {});
  if (first === undefined && making.receiver !== undefined)
    frame.execution.floating.wasHeard(making.receiver);
  if (first === undefined) giveAgain(frame, key, making);
  return frame.execution.ask(frame, key, new UnitAsked(frame, key, making, first));
}

/** Promises among the arguments of a call that is not made again: `assert.rejects(asked)` listens to none of them in this pass. */
function giveAgain({ execution }: Frame, key: string, { args }: Making): void {
  // Most calls are given none, and replays are made of such calls.
  if (!args.some((arg) => isEager(arg) || Array.isArray(arg)) || !execution.journal.knows(key)) return;
  for (const promise of args.flat()) if (isEager(promise)) execution.floating.wasGiven(promise);
}

/** What is asked for. A class, since closures would be made for each, and most are answered by a record. */
class UnitAsked implements AskOptions {
  readonly #frame: Frame;
  readonly #key: string;
  readonly #making: Making;
  readonly #first: Promise<unknown> | undefined;
  readonly isMovable: boolean;
  readonly isFirst: boolean;

  constructor(frame: Frame, key: string, making: Making, first: Promise<unknown> | undefined) {
    this.#frame = frame;
    this.#key = key;
    this.#making = making;
    this.#first = first;
    this.isMovable = isMovable(making);
    this.isFirst = mayBegin(making);
  }

  get sort() {
    return this.#making.sort;
  }

  get place() {
    return this.#making.place;
  }

  get isBegun(): boolean {
    return this.#first !== undefined;
  }

  get again() {
    return this.#making.again ?? openAgain(this.#making.args);
  }

  get isOwn(): boolean {
    return this.#making.isOwn === true;
  }

  get emptied() {
    return emptiedFiles(this.#making.args);
  }

  get inputs() {
    return this.#making.inputs;
  }

  get handle() {
    return this.#making.handle;
  }

  get childIds() {
    return this.#making.childIds;
  }

  fingerprint(): string {
    return fingerprint(this.#making.args, this.#making.receiver);
  }

  start(ask: Ask): void {
    const making = this.#making;
    if (ask.taken !== undefined) return takeOver(ask, ask.taken, making);
    const answer = ask.frame.execution.journal.repeated.by(this.#key, ask.gen);
    if (answer !== undefined) return takeAs(ask, answer, making);
    const unit = new Unit(ask, making);
    if (making.begin === undefined) unit.begin(this.#first);
    else making.begin(() => unit.begin());
  }

  standIn(): unknown {
    const { place } = this.#making;
    const { ahead } = this.#frame.execution.context.ports.watch ?? {};
    const standIn = closedStandIn(place.name, ahead && (() => ahead.usedLive(place)));
    handleKeys.set(standIn, this.#key);
    return standIn;
  }
}
