/** A pass that gives its run back, with a store that does not answer. */
import { expect, test } from "vitest";
import type { HeadWrite } from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import { unfencedJournal } from "../proof/simulator/unfenced-journal.ts";
import { bench } from "./tasks.ts";
import type { World } from "./world.ts";

/** The first write of this event is applied, and its answer is lost. */
function losing(world: World, event: HeadWrite["event"]): void {
  const write = world.store.write;
  let isLost = false;
  world.store.write = async (runId, change): Promise<Written> => {
    const written = await write(runId, change);
    if (change.event !== event || isLost) return written;
    isLost = true;
    throw new Error("no answer");
  };
}

const ways = {
  suspended: { source: "await wait.for({ seconds: 1.5 });", options: {} },
  yielded: { source: "await lib.rest();", options: { leaveAfterMs: 10 } },
} as const;

test.each(Object.entries(ways))(
  "a run that was %s is left alone, though nobody has heard that it was",
  async (event, { source, options }) => {
    const holders: (string | undefined)[] = [];
    const made = bench(
      `task({ id: "t", run: async () => { ${source} await lib.note(); } });`,
      {
        note: async () => void holders.push((await made.world.store.list({ limit: 1 })).runs[0]?.owner),
        rest: () => new Promise<void>((done) => void made.world.clock.after(20, done)),
      },
      { leaseMs: 30_000, ...options },
    );
    Object.assign(made.world.store, unfencedJournal());
    losing(made.world, event as keyof typeof ways);
    expect((await made.run("t")).status).toBe("COMPLETED");
    expect(holders).toEqual([expect.any(String)]);
  },
);
