/**
 * Debian's PostgreSQL and Redis, each for one file of tests, in a folder and on a port of its own.
 *
 * Invariant: without them tests are skipped, and say so; where `CI` is set that is an error.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, makeFolder } from "../world/place.ts";

/** A server that runs. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

const versions = "/usr/lib/postgresql";
const postgresBin = existsSync(versions)
  ? readdirSync(versions)
      .map((version) => join(versions, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb")))
  : undefined;
const redisBin = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((path) => existsSync(path));

function there(name: string, path: string | undefined): boolean {
  if (path === undefined && process.env.CI !== undefined) throw new Error(`${name} is not installed.`);
  if (path === undefined) console.warn(`${name} is not installed: its tests are skipped.`);
  return path !== undefined;
}

export const hasPostgres = there("PostgreSQL", postgresBin);
export const hasRedis = there("Redis", redisBin);

/** PostgreSQL does not run as root. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function started(
  child: ChildProcess,
  port: number,
  remove: () => Promise<void>,
  url: string,
): Promise<Server> {
  await answering(port);
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    await remove();
  };
  return { url, stop };
}

/** An empty PostgreSQL. */
export async function startPostgres(): Promise<Server> {
  const { path, remove } = await makeFolder("postgres");
  const as = owner();
  if (as !== undefined) chownSync(path, as.uid, as.gid);
  const options = { ...as, cwd: path, stdio: "ignore" } as const;
  const bin = postgresBin ?? "";
  const data = join(path, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], options);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "fsync=off",
    `unix_socket_directories=${path}`,
    "listen_addresses=127.0.0.1",
  ];
  const child = spawn(
    join(bin, "postgres"),
    ["-D", data, ...settings.flatMap((each) => ["-c", each])],
    options,
  );
  return started(child, port, remove, `postgres://postgres@127.0.0.1:${port}/postgres`);
}

/** An empty Redis. */
export async function startRedis(): Promise<Server> {
  const { path, remove } = await makeFolder("redis");
  const port = await freePort();
  const args = ["--port", String(port), "--save", "", "--dir", path, "--bind", "127.0.0.1"];
  const child = spawn(redisBin ?? "", args, { stdio: "ignore" });
  return started(child, port, remove, `redis://127.0.0.1:${port}`);
}
