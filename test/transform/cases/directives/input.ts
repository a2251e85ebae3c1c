#!/usr/bin/env node
"use strict";
"use server"
export async function run() {
  "use step"
  await load();
}
