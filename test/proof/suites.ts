/** All suites of the proof that `npm run proof` goes on with. */
import { lostRings, schedules } from "./schedules.ts";
import type { Suite } from "./suite.ts";

export const suites: readonly Suite[] = [schedules, lostRings];
