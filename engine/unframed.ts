/**
 * Code of the author's that a library reaches by itself: a method of an object that it was given, a function that was made when the
 * file was loaded. It has no frame, so nothing in it is recorded: it is told, once for each place.
 */
import { currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import { isAtomicCallback } from "./handle.ts";

const told = new WeakMap<Execution, Set<string>>();

/** A call without a frame has given a promise. Within a library's call that is what comes again with the whole. */
export function tellUnframed(): void {
  const { execution, call } = currentRun.getStore() ?? {};
  // The build has told of a transaction, and the inside of a step is one by its author's will.
  if (execution === undefined || call === undefined || isAtomicCallback(call.site.name)) return;
  const places = told.get(execution) ?? new Set();
  told.set(execution, places);
  const { name, at } = call.site;
  if (places.has(at)) return;
  places.add(at);
  const what = "calls code of yours that it was not given as a function, and counts as a whole";
  execution.context.print("debug", [`HF329 ${name} at ${at}: it ${what}`]);
}
