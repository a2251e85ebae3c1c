/** Starts a supervisor over the bundle made by hand, and looks at what its tasks wrote down. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockHolder } from "../../../local/lock.ts";
import { openSqliteStore } from "../../../local/sqlite-store.ts";
import { type Holdfast, type Setup, startHoldfast } from "../../world/holdfast.ts";
import { makeFolder, root } from "../../world/place.ts";
import { kill } from "../../world/processes.ts";

/** The compiled start of a supervisor over the bundle made by hand. */
export const fakeMain = join(root, "dist", "test", "local", "fake", "main.js");

/** A place to play in, and the Holdfasts that were started there. */
export interface Place {
  readonly data: string;
  /** A path that tasks may write to. */
  file(name: string): string;
  /** The lines that tasks wrote. */
  lines(name: string): string[];
  start(options?: Partial<Setup>): Promise<Holdfast>;
  /** Ends everything and removes the folder. */
  end(): Promise<void>;
}

/** The runners that say that they are at work in a data folder. */
function runnersIn(data: string): number[] {
  const folder = join(data, "runners");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => lockHolder(join(folder, name))?.pid ?? []);
}

/** Makes a place. */
export async function makePlace(name: string): Promise<Place> {
  const folder = await makeFolder(name);
  const started: Holdfast[] = [];
  const data = join(folder.path, "data");
  const file = (each: string): string => join(folder.path, each);
  return {
    data,
    file,
    lines: (each) => (existsSync(file(each)) ? readFileSync(file(each), "utf8").trim().split("\n") : []),
    async start(options = {}) {
      const holdfast = await startHoldfast({
        project: folder.path,
        tasks: "none",
        data,
        cli: fakeMain,
        ...options,
      });
      started.push(holdfast);
      return holdfast;
    },
    async end() {
      for (const runner of runnersIn(data)) kill(runner);
      for (const holdfast of started) await holdfast.killTree();
      await folder.remove();
    },
  };
}

/** Opens the store of a place beside whoever works on it. */
export const storeOf = ({ data }: Place) => openSqliteStore(join(data, "holdfast.db"));

/** Waits for something to come true; how long that takes is never judged. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 50_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`This did not come true: ${what}.`);
    await new Promise((done) => setTimeout(done, 15));
  }
}
