/** A PostgreSQL of its own, with the settings that it is shipped with. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, globSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { listening } from "./measuring.mjs";

const port = 17_432;

/** Debian keeps the server's programs beside the path. */
export const postgresPrograms = () => globSync("/usr/lib/postgresql/*/bin").at(-1);

/** Starts one whose data is in this folder. */
export async function postgres(folder) {
  const programs = postgresPrograms();
  const data = join(folder, "postgres");
  mkdirSync(data, { recursive: true });
  // It does not run as root.
  const isRoot = process.getuid() === 0;
  const id = (what) => Number(execFileSync("id", [what, "postgres"], { encoding: "utf8" }));
  const as = isRoot ? { uid: id("-u"), gid: id("-g") } : {};
  if (isRoot) {
    chownSync(data, as.uid, as.gid);
    chmodSync(folder, 0o711);
  }
  const options = { ...as, stdio: "ignore", cwd: data };
  const init = ["-D", data, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8"];
  execFileSync(join(programs, "initdb"), init, options);
  const log = openSync(join(folder, "postgres.log"), "w");
  const server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), "-k", data], {
    ...options,
    stdio: ["ignore", log, log],
  });
  await listening(port);
  return {
    url: `postgres://postgres@127.0.0.1:${port}`,
    pid: server.pid,
    stop: () =>
      new Promise((resolve) => {
        server.once("exit", resolve);
        server.kill("SIGINT");
      }),
  };
}
