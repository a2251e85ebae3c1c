/**
 * The small ports in memory, for tests and `holdfast/testing`: a spill in a Map, a doorbell that writes down its rings.
 *
 * Never: keeps anything beyond the process.
 */
import type { Doorbell, Spill } from "./ports.ts";
import { contentHash, valueGone } from "./spilled.ts";

/** A spill that lives as long as its process. `texts` may be changed to play a lost value. */
export function memorySpill(): Spill & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    async put(text) {
      const ref = contentHash(text);
      texts.set(ref, text);
      return ref;
    },
    async get(ref) {
      const text = texts.get(ref);
      if (text === undefined) throw valueGone(ref);
      return text;
    },
  };
}

/** A doorbell that rings nowhere: `take` gives the rings since the last `take`, in order. */
export function collectingDoorbell(): Doorbell & { take(): string[] } {
  let rings: string[] = [];
  return {
    ring: (runId) => void rings.push(runId),
    take() {
      const taken = rings;
      rings = [];
      return taken;
    },
  };
}
