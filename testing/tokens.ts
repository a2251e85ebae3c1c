/**
 * Tokens, as somebody outside of the run under test completes them.
 *
 * Invariant: each open token is shown once, when nothing else goes on; what nobody completes times out by its own time.
 */

import { completeToken } from "../engine/token-ends.ts";
import { tokenTask } from "../engine/token-task.ts";
import { timeoutOf } from "../engine/tokens.ts";
import type { OpenToken, RunOptions } from "./types.ts";
import type { World } from "./world.ts";

/** Gives whether any token was completed. */
export type Outsider = (world: World) => Promise<boolean>;

/** Who completes tokens by this function. */
export function outsider(answer: RunOptions["tokens"]): Outsider {
  const shown = new Set<string>();
  return async (world) => {
    if (answer === undefined) return false;
    const { runs } = await world.store.list({ task: [tokenTask], status: ["DELAYED"], limit: 10_000 });
    // The newest is the first of the list.
    const fresh = [...runs].reverse().filter(({ id }) => !shown.has(id));
    let isMoved = false;
    for (const token of fresh) {
      shown.add(token.id);
      const at = timeoutOf(token);
      const open: OpenToken = {
        id: token.id,
        tags: token.tags,
        ...(at === undefined ? {} : { timeoutAt: new Date(at) }),
      };
      const output = await answer(open);
      if (output === undefined) continue;
      await completeToken(world.ports, token.id, output);
      isMoved = true;
    }
    return isMoved;
  };
}
