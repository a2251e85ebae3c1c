/** Holdfast on one machine: `holdfast serve`, spoken to over HTTP. `start.mjs` has put the package where it is looked for. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printed } from "../measuring.mjs";

export const durability = "SQLite, WAL, `synchronous = FULL`: an fsync for each commit";

const program = fileURLToPath(new URL("node_modules/holdfast/dist/programs/main.js", import.meta.url));
const tasks = fileURLToPath(new URL("tasks", import.meta.url));

export async function open(folder) {
  const args = [program, "serve", "--dir", tasks, "--port", "0"];
  const data = join(folder, "data");
  const server = spawn(process.execPath, [...args, "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: folder,
  });
  const [, url] = /ready (http\S+)/.exec(await printed(server, "ready http")) ?? [];
  const { secretKey } = JSON.parse(readFileSync(join(data, "keys.json"), "utf8"));
  const headers = { authorization: `Bearer ${secretKey}`, "content-type": "application/json" };
  const trigger = async (task, payload, wait = 0) => {
    const body = JSON.stringify({ payload });
    const address = `${url}/api/v1/tasks/${task}/trigger?wait=${wait}`;
    const answer = await fetch(address, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const outputOf = async (task, payload) => {
    let { run } = await trigger(task, payload, 25);
    while (!run.finishedAt)
      run = await (await fetch(`${url}/api/v3/runs/${run.id}?wait=25`, { headers })).json();
    if (run.status !== "COMPLETED") throw new Error(`Run ${run.id} has ended as ${run.status}.`);
    return run.output;
  };
  return {
    run: outputOf,
    pids: () => [server.pid],
    resume: {
      start: async (input) => (await trigger("hang", input)).id,
      // The supervisor starts another one by itself.
      kill: async () => {
        for (const pid of runnersOf(server.pid)) process.kill(pid, "SIGKILL");
      },
      restart: async () => {},
    },
    close: async () => {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await gone;
    },
  };
}

function runnersOf(supervisor) {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const isRunner = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("runner.js");
      return parent === supervisor && isRunner ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}
