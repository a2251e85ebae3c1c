import { slotModel } from "./slots-model.ts";
import { memory, sqlite } from "./stores.ts";

slotModel("memory", memory, { numRuns: 200, steps: 80 });
slotModel("SQLite", sqlite, { numRuns: 20, steps: 80 });
