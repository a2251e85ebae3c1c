/** All suites of the proof that `npm run proof` goes on with. */

import { crashes, pairsOfCrashes } from "./crashes.ts";
import { planted } from "./planted.ts";
import { programs } from "./programs.ts";
import { lostRings, schedules } from "./schedules.ts";
import { stores } from "./stores.ts";
import type { Suite } from "./suite.ts";

export const suites: readonly Suite[] = [
  crashes,
  pairsOfCrashes,
  schedules,
  lostRings,
  programs,
  planted,
  stores,
];
