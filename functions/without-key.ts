/**
 * The store of a stack that has no encryption: a run that was begun while it had is not worked on, since nobody here can read it.
 *
 * Invariant: who claims such a run learns of it before anything of the author's runs, and gives the run back as it was.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Store } from "../engine/ports.ts";
import type { UnseenClaims, Written } from "./unseen-claim.ts";

function readable({ applied, run }: Written): void {
  if (!applied || run?.owner === undefined || run.dataKey === undefined) return;
  throw new HoldfastError(
    "HF331",
    `Run ${run.id} was begun with encryption, and this stack has none any more: its data cannot be read.`,
    "Put `encryption` back into the stack's props: its key is still there. The run goes on then.",
  );
}

/** @throws HoldfastError HF331 by its claims, of a run whose data are sealed */
export function withoutKey<S extends Store & UnseenClaims>(store: S): S {
  return {
    ...store,
    async claimUnseen(...given) {
      const written = await store.claimUnseen(...given);
      readable(written);
      return written;
    },
    async write(runId, write) {
      const written = await store.write(runId, write);
      if (write.event === "claimed") readable(written);
      return written;
    },
  };
}
