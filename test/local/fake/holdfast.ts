/** Starts a supervisor over the bundle made by hand, and looks at what its tasks wrote down. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { realClock } from "../../../local/clock.ts";
import { endLeftovers } from "../../../local/leftovers.ts";
import { openSqliteStore } from "../../../local/sqlite-store.ts";
import { type Holdfast, type Setup, startHoldfast } from "../../world/holdfast.ts";
import { makeFolder, root } from "../../world/place.ts";

/** The compiled start of a supervisor over the bundle made by hand. */
const fakeMain = join(root, "dist", "test", "local", "fake", "main.js");

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

/** Notes when a Holdfast has been ended: its process id may be somebody else's afterwards. */
function noting(holdfast: Holdfast, ended: () => void): Holdfast {
  const then = (end: () => Promise<void>) => async (): Promise<void> => {
    ended();
    await end();
  };
  const { stop, killTree, killSupervisor } = holdfast;
  return { ...holdfast, stop: then(stop), killTree: then(killTree), killSupervisor: then(killSupervisor) };
}

/** Makes a place. */
export async function makePlace(name: string): Promise<Place> {
  const folder = await makeFolder(name);
  const running = new Set<Holdfast>();
  const data = join(folder.path, "data");
  const file = (each: string): string => join(folder.path, each);
  return {
    data,
    file,
    lines: (each) =>
      existsSync(file(each)) ? readFileSync(file(each), "utf8").split("\n").filter(Boolean) : [],
    async start(options = {}) {
      const holdfast = await startHoldfast({
        project: folder.path,
        tasks: "none",
        data,
        cli: fakeMain,
        ...options,
      });
      running.add(holdfast);
      return noting(holdfast, () => void running.delete(holdfast));
    },
    async end() {
      for (const holdfast of running) await holdfast.killTree();
      await endLeftovers(data, { clock: realClock(), log: () => {} });
      await folder.remove();
    },
  };
}

/** Opens the store of a place beside whoever works on it. */
export const storeOf = ({ data }: Place) => openSqliteStore(join(data, "holdfast.db"));

/** Waits for something to come true; how long that takes is never judged. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 150_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`This did not come true: ${what}.`);
    await new Promise((done) => setTimeout(done, 15));
  }
}
