/** DBOS Transact, in this process, on PostgreSQL. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killed, printed } from "../measuring.mjs";
import { postgres } from "../postgres.mjs";

export const durability = "PostgreSQL as shipped: fsync and synchronous_commit on";

export async function open(folder) {
  const database = await postgres(folder);
  process.env.DATABASE_URL = `${database.url}/dbos_bench`;
  const workflows = await import("./workflows.mjs");
  await workflows.launch();
  const { DBOS } = workflows;
  let worker;
  const work = async (hang) => {
    worker = spawn(
      process.execPath,
      ["--no-deprecation", fileURLToPath(new URL("worker.mjs", import.meta.url))],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, HANG: hang },
      },
    );
    await printed(worker, "at work");
  };
  return {
    run: async (name, input) => (await DBOS.startWorkflow(workflows[name])(input)).getResult(),
    pids: () => [process.pid, database.pid],
    resume: {
      start: async (input) => {
        // Whoever runs in this process is not killed: the worker does it alone.
        await DBOS.shutdown();
        await work(JSON.stringify(input));
      },
      kill: () => killed(worker),
      restart: () => work(""),
    },
    close: async () => {
      if (worker) await killed(worker);
      await database.stop();
    },
  };
}
