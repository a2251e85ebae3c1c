/**
 * A store that shows each head as its own writes left it: what comes next is decided without another read.
 *
 * Never: changes what the store does or answers.
 */
import type { Store } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";

/** Puts `saw` behind the writes of `store`, and `called` behind those that call somebody to take a slot, at once or at a time. */
export function watchedStore<S extends Store>(
  store: S,
  saw: (run: Run) => void,
  called: (runId: string, at?: number) => void,
): S {
  return {
    ...store,
    async create(run, ...keys) {
      const made = await store.create(run, ...keys);
      if (made.created) saw(made.run);
      return made;
    },
    async write(runId, write) {
      const written = await store.write(runId, write);
      if (written.applied && written.run !== undefined) saw(written.run);
      for (const id of written.called ?? []) called(id);
      for (const { runId: id, at } of written.later ?? []) called(id, at);
      return written;
    },
    async limit(queue, limits, now) {
      const found = await store.limit(queue, limits, now);
      for (const id of found) called(id);
      return found;
    },
  };
}
