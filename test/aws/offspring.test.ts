/** Nothing that the harness starts outlives it, even when it is killed and its children are stopped. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { gone } from "../world/processes.ts";
import { type Binding, binding, compiled } from "./offspring.ts";

/** A harness that starts one child, stops it, tells its pid, and waits to be killed. */
const harness = `
const { spawnBound } = await import(process.argv[1]);
const child = spawnBound(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }, process.argv[2]);
child.once("spawn", () => setTimeout(() => { child.kill("SIGSTOP"); console.log(child.pid); }, 200));
setInterval(() => {}, 1000);
`;

const bindings: Binding[] = binding === "kernel" ? ["kernel", "watchdog"] : ["watchdog"];

test.each(bindings)("a stopped child dies with its harness: %s", async (how) => {
  const args = ["--input-type=module", "-e", harness, compiled("offspring.js"), how];
  const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(chunk.toString());
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill("SIGKILL");
  await gone([pid], 5_000);
});
