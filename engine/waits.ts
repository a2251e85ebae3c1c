/**
 * Times that a run waits for without a process. For the ends of children see `children.ts`.
 *
 * Invariant: a wait's due time is the run's clock at the call plus its duration, so it comes out again on replay. Of several that
 *            are over, behind a time without a process, the one that was due first ends first, and of those that were due at once the
 *            one that was begun first.
 */
import type { Ask } from "./ask.ts";
import { encode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import type { Former } from "./moved.ts";
import { know } from "./promises.ts";
import type { Place } from "./record.ts";
import { transactionsOf } from "./transactions.ts";

/** Timers of JavaScript run no longer than this. */
const longestTimerMs = 2_147_483_647;

/** Is there, or may there still come, as the program does again what it has done, something that ends before this wait? */
function isBehind(execution: Execution, key: string, due: number): boolean {
  if (execution.replaying && execution.making === 0) return true;
  let begunBefore = true;
  for (const [other, at] of execution.waiting) {
    if (other === key) begunBefore = false;
    else if (at < due || (at === due && begunBefore)) return true;
  }
  return false;
}

/** Waits until `due`, Unix milliseconds. */
export function askWait(frame: Frame, key: string, place: Place, due: number): Promise<unknown> {
  const { execution } = frame;
  transactionsOf(execution).refuseWait(frame, place);
  const { ports, writer } = execution.context;
  const started = execution.now;
  const settle = (ask: Ask, former?: Former): void => {
    if (execution.stopped || ask.settled) return;
    const rest = former === undefined ? due - ports.clock.now() : 0;
    if (rest > 0) {
      ports.clock.after(Math.min(rest, longestTimerMs), () => settle(ask));
      return;
    }
    if (former === undefined && isBehind(execution, key, due)) return ports.clock.turn(() => settle(ask));
    if (!execution.waiting.delete(key)) return;
    writer
      .write({
        kind: "result",
        ok: true,
        sort: "wait",
        value: { inline: encode(undefined).text },
        key,
        gen: ask.gen,
        place,
        started,
        ...(former === undefined ? {} : { from: former.number }),
      })
      .then(() => execution.kick());
  };
  const start = (ask: Ask): void => {
    const former = execution.moved.wait(place.name, due - started);
    execution.waiting.set(key, former === undefined ? due : ports.clock.now());
    settle(ask, former);
  };
  return know(execution.ask(frame, key, { sort: "wait", start, place }));
}
