/**
 * Time and chance as a frame sees them: the run's clock, and draws from the run's seed, the frame and a count.
 */
import type { Frame } from "./frame.ts";
import { frameRandom, type VirtualContext } from "./virtual.ts";

const contexts = new WeakMap<Frame, VirtualContext>();

/** The frame's clock and chance for `withFrame`. */
export function frameContext(frame: Frame): VirtualContext {
  const known = contexts.get(frame);
  if (known !== undefined) return known;
  const { execution } = frame;
  const made: VirtualContext = {
    clock: execution.clock,
    ...frameRandom(execution.context.run.seed, frame.path),
  };
  contexts.set(frame, made);
  return made;
}
