/** What others see of a run that goes on: the names of its streams, and what a refused write was to show. */
import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import type { Store } from "../../engine/ports.ts";
import { sendChunks } from "../../engine/sending.ts";
// Loaded ahead: virtual time does not wait for a file.
import "../../sdk/host-streams.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

const namesOf = async (world: World, runId: string) => (await world.store.read(runId))?.streams;

const chatty = `task({ id: "t", run: async () => {
  await streams.append("words", "a");
  await streams.pipe("log", (async function* () { yield 1; yield 2; })()).waitUntilComplete();
  await streams.append("words", "b");
  await lib.rest();
  return "done";
} });`;

test.each([undefined, 30_000])(
  "a stream's name is on the head within a second of its first chunk, by one write for all that came meanwhile (lease: %s ms)",
  async (leaseMs) => {
    const names: unknown[] = [];
    const { world, run } = bench(
      chatty,
      { rest: () => new Promise<void>((done) => void world.clock.after(3_000, done)) },
      leaseMs === undefined ? {} : { leaseMs },
    );
    const write = world.store.write.bind(world.store);
    world.store.write = async (runId, change) => {
      if ("streams" in change.set) names.push([change.event, change.set.streams]);
      return write(runId, change);
    };
    const ended = await run("t");
    expect([ended.status, ended.streams]).toEqual(["COMPLETED", ["words", "log"]]);
    expect(names).toEqual([["renewed", ["words", "log"]]]);
  },
);

test("a run that has ended within that second has them by the write that ends it", async () => {
  const { run, world } = bench(chatty, { rest: async () => {} });
  const ended = await run("t");
  expect([ended.status, ended.streams]).toEqual(["COMPLETED", ["words", "log"]]);
  expect([...world.counts].filter(([name]) => name === "write")).toEqual([["write", 2]]);
});

test("whatever call of the store a pass dies at, the names are there", async () => {
  let last: World | undefined;
  const { bad } = await everyCrash(
    chatty,
    (world) => ({
      rest: async () => {
        last = world();
      },
    }),
    "t",
    undefined,
    "done",
  );
  expect(bad).toEqual([]);
  const { runs } = (await last?.store.list({ limit: 9 })) ?? { runs: [] };
  expect(runs.map(({ streams }) => streams)).toEqual([["words", "log"]]);
});

test("chunks that another run has written name their stream as well; fifty names are kept, none longer than 99 characters", async () => {
  const { world, id } = bench(`task({ id: "t", run: async () => {
    for (let n = 0; n < 60; n++) await streams.append(n === 0 ? "n".repeat(100) : "n" + n, n);
    await wait.for({ hours: 1 });
  } });
  task({ id: "w", run: async () => { await wait.for({ hours: 1 }); } });`);
  const { id: many } = await world.start(id("t"), undefined);
  await world.finish(many);
  expect([(await namesOf(world, many))?.length, (await namesOf(world, many))?.[0]]).toEqual([50, "n1"]);
  const { id: to } = await world.start(id("w"), undefined);
  await world.until(async () => (await world.store.read(to))?.status === "WAITING");
  await sendChunks(world.ports, { to, stream: "told", chunks: [1], request: "1" });
  await world.finish(to);
  expect(await namesOf(world, to)).toEqual(["told"]);
});

test("what a put-away was to show that was refused, since the run had been told something, the next one shows", async () => {
  const { world, id } = bench(`task({ id: "t", run: async () => {
    metadata.set("seen", true);
    await streams.append("words", "a");
    await wait.for({ hours: 1 });
  } });`);
  const write: Store["write"] = world.store.write.bind(world.store);
  let refused = 0;
  world.store.write = async (runId, change) => {
    if (change.event === "suspended" && refused++ === 0)
      await world.store.send(runId, { id: "watch:x", data: "{}" }, world.clock.now());
    return write(runId, change);
  };
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const head = await world.store.read(runId);
  const kept = head?.changedMetadata;
  expect(refused).toBeGreaterThan(1);
  expect(kept !== undefined && "inline" in kept && decode(kept.inline)).toEqual({ seen: true });
  expect(head?.streams).toEqual(["words"]);
});
