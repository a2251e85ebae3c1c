/** A project of an author's in a folder of its own, and the command line run in it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { realClock } from "../../local/clock.ts";
import { endLeftovers } from "../../local/leftovers.ts";
import { command, type Holdfast, type Setup, startHoldfast } from "../world/holdfast.ts";
import { linkHoldfast, makeFolder } from "../world/place.ts";

/** A project. */
export interface Project {
  readonly path: string;
  readonly data: string;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Runs the command line to its end. */
  run(...args: string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** The same, and reads what it printed as JSON. */
  json(...args: string[]): Promise<unknown>;
  start(options?: Partial<Setup>): Promise<Holdfast>;
  end(): Promise<void>;
}

/** A task file with a single task. */
export const taskFile = (id: string, body: string): string => `
import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { task, wait } from "holdfast";

export const ${id} = task({
  id: "${id}",
  retry: { maxAttempts: 1 },
  run: async (payload: { file: string }) => {
    ${body}
  },
});
`;

/** Makes a project with these files. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await makeFolder("project");
  const { path } = folder;
  const data = join(path, ".holdfast");
  const running = new Set<Holdfast>();
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  await write("package.json", `{ "name": "project", "type": "module" }`);
  await linkHoldfast(path);
  for (const [file, text] of Object.entries(files)) await write(file, text);
  return {
    path,
    data,
    write,
    read: (file) => readFile(join(path, file), "utf8"),
    run: (...args) => command(path, args),
    async json(...args) {
      const { output } = await command(path, [...args, "--json"]);
      return JSON.parse(output);
    },
    async start(options = {}) {
      const holdfast = await startHoldfast({ project: path, tasks: "tasks", data, ...options });
      running.add(holdfast);
      const ended = (end: () => Promise<void>) => async () => {
        running.delete(holdfast);
        await end();
      };
      const { stop, killTree, killSupervisor } = holdfast;
      return {
        ...holdfast,
        stop: ended(stop),
        killTree: ended(killTree),
        killSupervisor: ended(killSupervisor),
      };
    },
    async end() {
      for (const holdfast of running) await holdfast.killTree();
      await endLeftovers(data, { clock: realClock(), log: () => {} });
      await folder.remove();
    },
  };
}
