/** Restate: its server, and a worker that it streams to. */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@restatedev/restate-sdk-clients";
import { killed, listening, sleep } from "../measuring.mjs";

export const durability = "its log on RocksDB, with an fsync of the write-ahead log (as shipped)";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const binary = here(
  `../node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
);
const ports = { ingress: 18_080, admin: 19_070, worker: 19_080, node: 15_122 };

async function answering(request) {
  for (;;) {
    const answer = await request().catch(() => undefined);
    if (answer?.ok) return;
    await sleep(20);
  }
}

export async function open(folder) {
  const log = openSync(join(folder, "restate.log"), "w");
  const env = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
    RESTATE_DISABLE_TELEMETRY: "true",
  };
  const args = ["--base-dir", join(folder, "data"), "--bind-port", String(ports.node)];
  const where = ["--bind-ip", "127.0.0.1", "--listen-mode", "tcp", "--no-logo"];
  const server = spawn(binary, [...args, ...where], { stdio: ["ignore", log, log], env });
  const admin = `http://127.0.0.1:${ports.admin}`;
  await listening(ports.admin);
  await answering(() => fetch(`${admin}/health`));
  const work = () =>
    spawn(process.execPath, [here("worker.mjs")], {
      stdio: ["ignore", log, log],
      env: { ...process.env, PORT: String(ports.worker), RESTATE_LOGGING: "ERROR" },
    });
  let worker = work();
  await listening(ports.worker);
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ uri: `http://127.0.0.1:${ports.worker}` });
  await answering(() => fetch(`${admin}/deployments`, { method: "POST", headers, body }));
  const ingress = `http://127.0.0.1:${ports.ingress}`;
  const client = connect({ url: ingress }).serviceClient({ name: "bench" });
  return {
    run: (name, input) => client[name](input),
    pids: () => [server.pid, worker.pid],
    resume: {
      start: (input) =>
        fetch(`${ingress}/bench/hang/send`, { method: "POST", headers, body: JSON.stringify(input) }),
      kill: () => killed(worker),
      restart: async () => {
        worker = work();
      },
    },
    close: () => Promise.all([killed(worker), killed(server)]),
  };
}
