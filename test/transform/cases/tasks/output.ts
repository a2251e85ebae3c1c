import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/tasks.ts", [["qlskceb6","load",6,"aeq"]]);
import { schedules, task } from "@trigger.dev/sdk/v3";
import * as hf from "holdfast";
import { shared } from "./shared";
const options = { id: "constant", run: async () => { const $f1 = $hf.enter("hf:a:pmihj2l5", null);} };
export const constant = task(options);
export const first = task({ id: "first", run: async () => { const $f1 = $hf.enter("hf:a:ezey8a1l", null); return await $hf.call($f1, $s[0], undefined, load, []); } });
export const nightly = schedules.task({ id: `nightly`, cron: "0 0 * * *", run });
export const third = hf.task({ id: "third", run: shared } as const);
async function run() { const $f1 = $hf.enter("hf:a:6ajo8rxt", null);}
export const local = { task: () => 1 }.task();
