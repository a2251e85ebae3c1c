/** Which tasks a published version of the dispatcher has: asked of the planner, which alone may fetch its code. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { VersionCode } from "../aws/version-code.ts";
import { isSameCode, publishedVersion } from "../code-version.ts";

/** What is asked. */
export interface AskedTasks {
  /** What a run would be pinned to. */
  readonly tasksOf: string;
}

/** What comes back. */
export interface VersionTasks {
  /** Their ids; null: there is no such version. */
  readonly tasks: readonly string[] | null;
}

const manifest = z.object({ tasks: z.array(z.object({ id: z.string() })) });

/** The tasks in the code of a version, with the environment that its pin names. */
export async function versionTasks(
  { tasksOf }: AskedTasks,
  fetchVersion: (version: string) => Promise<VersionCode | undefined>,
): Promise<VersionTasks> {
  const version = publishedVersion(tasksOf);
  const code = version === undefined ? undefined : await fetchVersion(version);
  if (code === undefined) return { tasks: null };
  const { folder, variables } = code;
  try {
    if (!isSameCode(tasksOf, variables.HOLDFAST_CODE_VERSION ?? "")) return { tasks: null };
    const { tasks } = manifest.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
    return { tasks: tasks.map(({ id }) => id) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
