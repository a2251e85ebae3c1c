/**
 * Waiting for something that is no call of the author's: a promise of unknown origin, or a lazy thenable.
 *
 * Owns:      what is recorded at the await, and not at a call.
 */
import { isCollecting } from "./collecting.ts";
import type { Frame, Site } from "./frame.ts";
import { isEager, isKnown, isThenable, know } from "./promises.ts";
import { transactionsOf } from "./transactions.ts";
import { askUnit } from "./unit.ts";

/** An `await` of something that is no call: a promise of unknown origin or a lazy thenable is recorded here. */
export function join(frame: Frame | null, site: Site, value: unknown): unknown {
  if (frame === null || !isThenable(value)) return value;
  const place = { name: site.name, at: site.at };
  if (isEager(value)) {
    if (isKnown(value)) return value;
    const again = isCollecting(value) ? value : undefined;
    return know(
      askUnit(
        frame,
        frame.next(site.id),
        { sort: "await", place, args: [], invoke: () => value, again },
        value,
      ),
    );
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

const given = { id: "given", name: "callback", awaited: true, escapes: false, iterated: false };

/** What a function of the author's gives a library that waits for it: a lazy query begins here, and not there. */
export function joinGiven(frame: Frame, at: string, value: unknown): unknown {
  return isEager(value) ? value : join(frame, { ...given, at }, value);
}
