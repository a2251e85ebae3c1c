/**
 * `.env`: the secrets that stand in a file of the project.
 *
 * Never:     replaces a variable of the environment, as is the custom; nor takes Holdfast's own settings for the tasks'.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { HoldfastError } from "../sdk/index.ts";
import type { Environment } from "./config.ts";

/** What `.env` in this folder says, by name; nothing where there is no such file. @throws HoldfastError HF406 */
export async function envFileSecrets(
  folder: string,
  env: Environment,
): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, ".env");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new HoldfastError("HF406", `${path} cannot be read.`, "Make it readable, or take it away.", {
      cause,
    });
  }
  const found = Object.entries(parseEnv(text)) as [string, string][];
  return Object.fromEntries(
    found.filter(([name]) => !name.startsWith("HOLDFAST_") && env[name] === undefined),
  );
}
