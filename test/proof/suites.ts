/** All suites of the proof that `npm run proof` goes on with. */

import { planted } from "./planted.ts";
import { programs } from "./programs.ts";
import { lostRings, schedules } from "./schedules.ts";
import { stores } from "./stores.ts";
import type { Suite } from "./suite.ts";

export const suites: readonly Suite[] = [schedules, lostRings, programs, planted, stores];
