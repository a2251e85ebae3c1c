#!/usr/bin/env node
"use strict";
"use server"
import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/directives.ts", [["392ry9c1","load",6,"aeq"]]);
export async function run() {
  "use step"; const $f1 = $hf.enter("hf:a:fkg87z9l", null);
  await $hf.call($f1, $s[0], undefined, load, []);
}
