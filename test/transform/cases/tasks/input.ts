import { schedules, task } from "@trigger.dev/sdk/v3";
import * as hf from "holdfast";
import { shared } from "./shared";
const options = { id: "constant", run: async () => {} };
export const constant = task(options);
export const first = task({ id: "first", run: async () => await load() });
export const nightly = schedules.task({ id: `nightly`, cron: "0 0 * * *", run });
export const third = hf.task({ id: "third", run: shared } as const);
async function run() {}
export const local = { task: () => 1 }.task();
