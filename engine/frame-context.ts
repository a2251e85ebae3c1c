/**
 * Time and chance as a frame sees them: the run's clock, and draws from the run's seed, the frame and a count.
 */
import type { Frame } from "./frame.ts";
import { frameRandom, type VirtualContext } from "./virtual.ts";
import type { FrameRandom } from "./virtual-frame.ts";

const contexts = new WeakMap<Frame, VirtualContext>();

/** The frame's clock and chance for `withFrame`. */
export function frameContext(frame: Frame): VirtualContext {
  const known = contexts.get(frame);
  if (known !== undefined) return known;
  const { execution } = frame;
  const { seed, forkOf } = execution.context.run;
  const own = frameRandom(seed, frame.path);
  const made: VirtualContext = {
    clock: execution.clock,
    ...(forkOf === undefined
      ? own
      : forked(own, frameRandom(forkOf.seed, frame.path), () => execution.cursor <= forkOf.number)),
  };
  contexts.set(frame, made);
  return made;
}

/** A fork draws as the run that it began with, as far as it goes by that run's log. */
function forked(own: FrameRandom, former: FrameRandom, isBefore: () => boolean): FrameRandom {
  const source = (): FrameRandom => (isBefore() ? former : own);
  return { random: () => source().random(), bytes: (count) => source().bytes(count) };
}
