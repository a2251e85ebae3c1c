/** openworkflow, in this process, on SQLite. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killed, printed, sleep } from "../measuring.mjs";
import { open as openEngine } from "./workflows.mjs";

export const durability = "SQLite, WAL, `synchronous` as SQLite has it: FULL";

export async function open(folder) {
  const { workflows, worker } = openEngine(join(folder, "runs.db"));
  await worker.start();
  let other;
  const work = async (hang) => {
    other = spawn(process.execPath, [fileURLToPath(new URL("worker.mjs", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, HANG: hang, DATABASE: join(folder, "others.db") },
    });
    await printed(other, "at work");
  };
  return {
    // It looks for results once a second, and refuses a run of more than 1,000 steps.
    counts: { W1: 15, W2: 5, W3: 1_000, W4: 990, warm: 2 },
    run: async (name, input) => (await workflows[name].run(input)).result(),
    pids: () => [process.pid],
    resume: {
      start: (input) => work(JSON.stringify(input)),
      kill: () => killed(other),
      restart: () => work(""),
    },
    close: async () => {
      if (other) await killed(other);
      await Promise.race([worker.stop(), sleep(1_000)]);
    },
  };
}
