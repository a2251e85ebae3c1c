/**
 * Waiting for something that is no call of the author's: a promise of unknown origin, or a lazy thenable.
 *
 * Owns:      what is recorded at the await, and not at a call.
 */
import { authored, type Callable, handOver } from "./authored.ts";
import { isCollecting } from "./collecting.ts";
import type { Frame, Site } from "./frame.ts";
import { givesOwn, isOwn, makeOwn } from "./own-promises.ts";
import { isEager, isKnown, isThenable, know } from "./promises.ts";
import { transactionsOf } from "./transactions.ts";
import { askUnit } from "./unit.ts";
import type { Making } from "./unit-making.ts";

/** An `await` of something that is no call: a promise of unknown origin or a lazy thenable is recorded here. */
export function join(frame: Frame | null, site: Site, given: unknown): unknown {
  if (frame === null || !isThenable(given)) return given;
  const value = isOwnLazy(given) ? begun(frame, site, given) : given;
  const place = { name: site.name, at: site.at };
  if (isEager(value)) {
    if (isKnown(value)) return value;
    const again = isCollecting(value) ? value : undefined;
    const mayBeOwn = again === undefined && isOwn(value);
    const isLive = (gives: unknown): boolean => mayBeOwn && givesOwn(value, gives);
    const making: Making = {
      sort: "await",
      place,
      args: [],
      invoke: () => value,
      again,
      isOwn: mayBeOwn,
      isLive,
    };
    return know(askUnit(frame, frame.next(site.id), making, value));
  }
  if (value instanceof Promise && isKnown(value)) return value;
  return know(
    askUnit(frame, frame.next(site.id), {
      sort: "unit",
      place,
      args: [],
      part: transactionsOf(frame.execution).partOf(value),
      invoke: () => Promise.resolve(value),
    }),
  );
}

/** What begins a lazy thenable of the author's is his own code. */
const isOwnLazy = (value: PromiseLike<unknown>): boolean =>
  !(value instanceof Promise) && authored(value.then) !== null;

/** Begins it as `await` would, in a frame: what it awaits are units, also where several begin at once. */
function begun(frame: Frame, site: Site, value: PromiseLike<unknown>): Promise<unknown> {
  const inside = frame.child(frame.next(site.id), site.escapes);
  return makeOwn((resolve: Callable, reject: Callable) => {
    const then = (): unknown => handOver(inside, value.then as Callable, value, [resolve, reject]);
    Promise.resolve()
      .then(then)
      .catch((error: unknown) => reject(error));
  });
}

const given = { id: "given", name: "callback", awaited: true, escapes: false, iterated: false };

/** What a function of the author's gives a library that waits for it: a lazy query begins here, and not there. */
export function joinGiven(frame: Frame, at: string, value: unknown): unknown {
  return isEager(value) ? value : join(frame, { ...given, at }, value);
}
