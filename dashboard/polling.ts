/**
 * Looking again and again, as long as somebody sees the page.
 *
 * Owns:      when it looks: at once, then after a pause that grows with what a look costs, never while the page is hidden.
 * Invariant: a look that is late never replaces a newer one, and what was seen stays on the page when a look fails.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./call.ts";

/** What has been seen so far. */
export interface Looked<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  /** Looks at once. */
  readonly again: () => void;
}

const shortest = 1_000;
const longest = 15_000;

/** The next look comes after this pause: one that took long, of a big tree, is not made each second. */
export const pauseAfter = (tookMs: number): number => Math.min(longest, Math.max(shortest, 4 * tookMs));

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "", String(error), "Reload the page.");

/**
 * Looks until `isOver` says that nothing will change any more. `key` names what is looked at. `atLeast` is how long it rests after a
 * look, at least, in milliseconds: where a look costs others something.
 */
export function useLooking<T>(
  key: string,
  look: (signal: AbortSignal) => Promise<T>,
  isOver: (value: T) => boolean,
  atLeast: (value: T) => number = () => 0,
): Looked<T> {
  const [seen, setSeen] = useState<{ key: string; value?: T; problem?: Problem }>({ key });
  const [round, setRound] = useState(0);
  const latest = useRef({ look, isOver, atLeast });
  latest.current = { look, isOver, atLeast };
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      const began = performance.now();
      let rest = 0;
      try {
        const value = await latest.current.look(stop.signal);
        if (stop.signal.aborted) return;
        setSeen({ key, value });
        if (latest.current.isOver(value)) return;
        rest = latest.current.atLeast(value);
      } catch (error) {
        if (stop.signal.aborted) return;
        setSeen((before) => ({ ...(before.key === key ? before : { key }), problem: asProblem(error) }));
      }
      timer = setTimeout(next, Math.max(rest, pauseAfter(performance.now() - began)));
    };
    const next = (): void => {
      if (document.visibilityState === "visible") void once();
      else document.addEventListener("visibilitychange", next, { once: true });
    };
    void once();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", next);
    };
  }, [key, round]);
  const current: { value?: T; problem?: Problem } = seen.key === key ? seen : {};
  return { value: current.value, problem: current.problem, again: () => setRound((count) => count + 1) };
}
