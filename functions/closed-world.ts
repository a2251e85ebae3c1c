/**
 * Closes the world around this process: no connection is opened, no file written, no process begun. What the author's
 * synchronous code does between awaits happens in each pass; in a replay that only looks on it is not to happen at all.
 *
 * Owns:      the list of Node's functions that reach out.
 * Never:     keeps anybody from reading files, the environment or the clock: that is what a replay may differ by.
 */
import childProcess from "node:child_process";
import dgram from "node:dgram";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import workers from "node:worker_threads";

const changing =
  "appendFile chmod chown copyFile cp fchmod fchown ftruncate futimes lchmod lchown link lutimes mkdir mkdtemp rename rm rmdir symlink truncate unlink utimes write writeFile writev".split(
    " ",
  );
const starting = ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"];
const ending = ["abort", "chdir", "exit", "kill"];

/** Flags with which a file is only read. */
const isReading = (flags: unknown): boolean =>
  flags === undefined || flags === null || typeof flags === "function" || flags === "r" || flags === 0;

type Functions = Record<string, ((...args: never[]) => unknown) | undefined>;

/** Closes it for good. `refused` is told what was tried, before that throws. */
export function closeWorld(refused: (what: string) => void): void {
  const refuse = (name: string): never => {
    refused(name);
    throw new Error(`${name} is not done in a replay that only looks on.`);
  };
  const close = (owner: object, names: readonly string[], called: string): void => {
    const functions = owner as Functions;
    for (const name of names)
      if (typeof functions[name] === "function") functions[name] = () => refuse(`${called}${name}`);
  };
  const closeOpening = (owner: object, name: string): void => {
    const functions = owner as Record<string, (...args: unknown[]) => unknown>;
    const open = functions[name];
    functions[name] = (...args) => (isReading(args[1]) ? open?.apply(owner, args) : refuse(`fs.${name}`));
  };
  close(fs, changing, "fs.");
  // By its number only what was opened before can be written to: a terminal, a log.
  const isByNumber = (name: string): boolean => /^(?:write|writev)$/.test(name);
  close(
    fs,
    changing.filter((name) => !isByNumber(name)).map((name) => `${name}Sync`),
    "fs.",
  );
  close(fs.promises, changing, "fs.promises.");
  close(fs, ["createWriteStream"], "fs.");
  for (const name of ["open", "openSync"]) closeOpening(fs, name);
  closeOpening(fs.promises, "open");
  close(childProcess, starting, "child_process.");
  close(process, ending, "process.");
  close(net.Socket.prototype, ["connect"], "net.");
  close(net.Server.prototype, ["listen"], "net.");
  close(dgram.Socket.prototype, ["bind", "connect", "send"], "dgram.");
  Object.assign(workers, {
    Worker: class {
      constructor() {
        refuse("new Worker");
      }
    },
  });
  syncBuiltinESMExports();
}
