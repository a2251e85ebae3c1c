/**
 * One unit: how the program asks for it.
 *
 * Owns:      what answers where no try is needed: a record that another call has made, or shares.
 */
import { fingerprint } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import { closedStandIn, handleKeys } from "./handle.ts";
import { isMovable, mayBegin } from "./moved.ts";
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
  const { execution } = frame;
  // Where a record answers, nobody else listens to a promise that is under way.
  first?.catch(() => {});
  return execution.ask(frame, key, {
    sort: making.sort,
    place: making.place,
    fingerprint: () => fingerprint(making.args, making.receiver),
    isBegun: first !== undefined,
    isMovable: isMovable(making),
    isFirst: mayBegin(making),
    start: (ask) => {
      if (ask.taken !== undefined) return takeOver(ask, ask.taken, making);
      const answer = execution.journal.repeated.by(key, ask.gen);
      if (answer !== undefined) return takeAs(ask, answer, making);
      const unit = new Unit(ask, making);
      if (making.begin === undefined) unit.begin(first);
      else making.begin(() => unit.begin());
    },
    standIn: () => {
      const { ahead } = execution.context.ports.watch ?? {};
      const standIn = closedStandIn(making.place.name, ahead && (() => ahead.usedLive(making.place)));
      handleKeys.set(standIn, key);
      return standIn;
    },
    again: making.again,
    inputs: making.inputs,
    handle: making.handle,
    childIds: making.childIds,
  });
}
