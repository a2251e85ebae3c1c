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

test("a run whose last child ends while it is being put away goes on", async () => {
  const isOfChildren = (args: readonly unknown[]): boolean => JSON.stringify(args).includes("children");
  const made = bench(
    `const child = task({ id: "child", run: async () => { await lib.rest(200); } });
     task({ id: "t", run: async () => { await child.triggerAndWait(); await lib.rest(1); return "done"; } });`,
    { rest: (ms: number) => new Promise<void>((done) => void made.world.clock.after(ms, done)) },
    { lateMs: (call, args) => (call === "append" && isOfChildren(args) ? 700 : 0) },
  );
  expect((await made.run("t")).status).toBe("COMPLETED");
});

test("a child that a pass about to leave did not begin is begun by the next one", async () => {
  const made = bench(
    `const child = task({ id: "child", run: async () => 1 });
     task({ id: "t", run: async () => { await lib.rest(50); return child.triggerAndWait().unwrap(); } });`,
    { rest: (ms: number) => new Promise<void>((done) => void made.world.clock.after(ms, done)) },
    { leaveAfterMs: 20 },
  );
  expect((await made.run("t")).status).toBe("COMPLETED");
});

test("a pass that could not read what it was rung for reads it again, though nothing else happens", async () => {
  const rest = (ms: number) => new Promise<void>((done) => void made.world.clock.after(ms, done));
  const made = bench(
    `const child = task({ id: "child", run: async () => { await lib.rest(20); return 7; } });
     task({ id: "t", run: async () => child.triggerAndWait().unwrap() });`,
    { rest },
  );
  const { store } = made.world;
  const inbox = store.inbox;
  let failures = 0;
  store.inbox = async (runId) => {
    if (failures++ > 0) return inbox(runId);
    // Meanwhile the pass looks whether it has anything left to do, and does not look again.
    await rest(400);
    throw new Error("throttled");
  };
  const ended = await made.run("t", undefined, 60_000);
  expect([ended.status, await made.output(ended)]).toEqual(["COMPLETED", 7]);
  expect(failures).toBeGreaterThan(1);
});
