/**
 * Who has changed the secrets of this machine, from the command line or in `.env`, when, and how: `<data>/secrets/changes.log`.
 *
 * Never:     has a value; is read by the server: `holdfast secrets log` shows it. The API's changes are lines of the server's log.
 * Invariant: a line is appended as a whole, behind the change that it tells of.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { SecretValues } from "../functions/project-secrets.ts";
import { keepEnvSecrets } from "./local-secrets.ts";

/** A change, as its line has it. */
export interface SecretChange {
  readonly change: "set" | "removed" | "revoked";
  /** The secret's name; a revoked version has none. */
  readonly name?: string;
  /** The version that was made, or was taken away. */
  readonly version: number;
  /** Absent: a command has made it. Else the server has found it at its start, whose user it names. */
  readonly from?: ".env";
}

/** A line of it. */
export interface NotedChange extends SecretChange {
  /** ISO 8601. */
  readonly at: string;
  /** The account of the machine. */
  readonly by: string;
}

const pathIn = (dataFolder: string): string => join(dataFolder, "secrets", "changes.log");

/** All changes, oldest first. A line that a power cut left half written, or somebody has changed, is left out. */
export function notedChanges(dataFolder: string): NotedChange[] {
  const path = pathIn(dataFolder);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        const found = JSON.parse(line) as NotedChange;
        return typeof found.at === "string" && typeof found.change === "string" ? [found] : [];
      } catch {
        return [];
      }
    });
}

/** Some accounts, in containers above all, have a number and no name. */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Adds the line. */
export function noteChange(dataFolder: string, now: number, change: SecretChange): void {
  const line = { at: new Date(now).toISOString(), ...change, by: user() };
  appendFileSync(pathIn(dataFolder), `${JSON.stringify(line)}\n`, { mode: 0o600 });
}

/** Keeps what `.env` says now, with a line for each name that it says otherwise than before. */
export function keepEnvFile(dataFolder: string, now: number, env: SecretValues): void {
  keepEnvSecrets(dataFolder, now, env, (change, name, version) =>
    noteChange(dataFolder, now, { change, name, version, from: ".env" }),
  );
}
