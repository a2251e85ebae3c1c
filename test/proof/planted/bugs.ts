/** All planted bugs. */
import type { Bug } from "./bug.ts";
import { passBugs } from "./passes.ts";
import { replayBugs } from "./replay.ts";
import { storeBugs } from "./stores.ts";

export const bugs: readonly Bug[] = [...passBugs, ...replayBugs, ...storeBugs];
