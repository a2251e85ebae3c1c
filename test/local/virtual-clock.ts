/** A clock that a test moves by hand. */
import type { Clock } from "../../engine/ports.ts";

/** Time stands still until `pass`. */
export interface VirtualClock extends Clock {
  /** Lets `ms` go by: what falls due happens in order, each with its promises. */
  pass(ms: number): Promise<void>;
}

interface Alarm {
  readonly at: number;
  readonly fn: () => void;
}

/** Lets everything that is ready happen. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Makes a clock that begins at an arbitrary time. */
export function virtualClock(start = 1_000_000): VirtualClock {
  let now = start;
  const alarms = new Set<Alarm>();

  function nextUntil(end: number): Alarm | undefined {
    return [...alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
  async function pass(ms: number): Promise<void> {
    const end = now + ms;
    await settle();
    for (let alarm = nextUntil(end); alarm !== undefined; alarm = nextUntil(end)) {
      now = Math.max(now, alarm.at);
      alarms.delete(alarm);
      alarm.fn();
      await settle();
    }
    now = end;
  }
  return {
    now: () => now,
    after(ms, fn) {
      const alarm = { at: now + Math.max(0, ms), fn };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    turn: (fn) => void setImmediate(fn),
    pass,
  };
}
