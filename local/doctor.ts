/**
 * Looks at everything that has to be right before a supervisor can start, and at what a data folder may suffer from while
 * one is at work, and says how to put it right.
 *
 * Never: changes anything, but for making the data folder.
 */

import { release, type } from "node:os";
import { HoldfastError } from "../engine/errors.ts";
import { type LocalOptions, localConfig } from "./config.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { clockIsSet, diskRoom, overdueRuns, wholeDatabase } from "./folder-checks.ts";
import { lockFolder, lockHolder } from "./lock.ts";
import { listenOn } from "./server.ts";
import { openSqlite } from "./sqlite.ts";
import { checkEngine } from "./sqlite-schema.ts";

/** What was looked at, and what was found. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do, if it is not right. */
  readonly fix?: string;
}

/** A server that answers no later than this is at work. */
const patienceMs = 5_000;

/** The oldest Node that is supported; package.json says the same. */
const oldestNode = [20, 19] as const;

async function check(name: string, look: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, ok: true, found: await look() };
  } catch (error) {
    if (!(error instanceof HoldfastError)) return { name, ok: false, found: String(error) };
    const what = error.message.slice(0, -error.fix.length).trimEnd();
    return { name, ok: false, found: what, fix: error.fix };
  }
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (ok) return `${process.versions.node} on ${type()} ${release()} (${process.arch})`;
  throw new HoldfastError(
    "HF406",
    `Node is ${process.versions.node}.`,
    `Use Node ${oldestNode.join(".")} or newer.`,
  );
}

function sqliteVersion(): string {
  const db = openSqlite(":memory:");
  try {
    const version = String(db.prepare("select sqlite_version()").pluck().get());
    checkEngine(version);
    return version;
  } finally {
    db.close();
  }
}

async function freePort(port: number): Promise<string> {
  const server = await listenOn(port, (_request, response) => response.end());
  await server.close(0);
  return port === 0 ? "any" : `${port} is free`;
}

/** Looks at everything. */
export async function examine(options: LocalOptions & { readonly dataDir: string }): Promise<Check[]> {
  let { port = 7474 } = options;
  const checks = [
    await check("Node", nodeVersion),
    await check("SQLite", sqliteVersion),
    await check("settings", () => {
      port = localConfig(options).port;
      return "valid";
    }),
    await check("data folder", () => prepareDataFolder(options.dataDir)),
  ];
  // A folder that cannot be used has no lock to look at.
  const isUsable = checks.every(({ ok }) => ok);
  const server = isUsable ? await serverOf(options.dataDir) : undefined;
  if (isUsable) checks.push(...(await folderChecks(options.dataDir, server)));
  const isItsPort = server !== undefined && new URL(server).port === String(port);
  checks.push(await check("port", () => (isItsPort ? `${port} is this server's` : freePort(port))));
  return checks;
}

/** The address of the server that is at work on the folder, if there is one and it answers. */
async function serverOf(dataDir: string): Promise<string | undefined> {
  const folder = await prepareDataFolder(dataDir);
  try {
    lockFolder(folder).release();
    return undefined;
  } catch {
    const url = lockHolder(folder)?.url;
    if (url === undefined) return undefined;
    const signal = AbortSignal.timeout(patienceMs);
    const isThere = await fetch(new URL("/healthz", url), { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    return isThere ? url : undefined;
  }
}

async function folderChecks(dataDir: string, server: string | undefined): Promise<Check[]> {
  const folder = await prepareDataFolder(dataDir);
  const now = Date.now();
  const lock = await check("lock", () => {
    if (server !== undefined) return `this folder's server is at work: ${server}`;
    lockFolder(folder).release();
    return "nobody uses the data folder";
  });
  const isHeld = server !== undefined || !lock.ok;
  return [
    lock,
    await check("disk", () => diskRoom(folder)),
    await check("database", () => wholeDatabase(folder)),
    await check("overdue runs", () => overdueRuns(folder, isHeld, now)),
    await check("clock", () => clockIsSet(folder, now)),
  ];
}
