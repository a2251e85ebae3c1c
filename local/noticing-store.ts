/**
 * A store that says what others wait for: a time at which a run wants attention, and the end of a run.
 *
 * Never: changes what the store does or answers.
 */
import type { Store } from "../engine/ports.ts";
import { isFinished, type Run } from "../engine/run.ts";

/** Who is told. */
export interface Notice {
  /** Somebody has to look at a run at this time: the timer may sleep no longer. */
  wake(at: number): void;
  /** A run has ended. */
  finished(run: Run): void;
  /** A run was called to take a slot. */
  called(runId: string): void;
}

/** Puts `notice` behind the writes of `store`. */
export function noticingStore<S extends Store>(store: S, notice: Notice): S {
  const look = (run: Run | undefined): void => {
    if (run === undefined) return;
    if (run.wakeAt !== undefined && run.owner === undefined) notice.wake(run.wakeAt);
    if (isFinished(run.status)) notice.finished(run);
  };
  return {
    ...store,
    async create(run, ...keys) {
      const made = await store.create(run, ...keys);
      if (made.created) look(made.run);
      return made;
    },
    async write(runId, write) {
      const written = await store.write(runId, write);
      // Nobody waits for one that is about to go, and it has been counted when it ended.
      if (written.applied && write.event !== "erased") look(written.run);
      written.called?.forEach(notice.called);
      for (const { at } of written.later ?? []) notice.wake(at);
      return written;
    },
    async limit(queue, limits, now) {
      const called = await store.limit(queue, limits, now);
      called.forEach(notice.called);
      return called;
    },
  };
}
