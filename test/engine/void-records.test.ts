/** Design §4, Journal: behind a pass record, what a superseded pass still writes is void, although the store takes it. */
import { expect, test } from "vitest";
import { encode } from "../../engine/codec.ts";
import { fromText, type ResultRecord, toText } from "../../engine/record.ts";
import { unfencedJournal } from "../proof/simulator/unfenced-journal.ts";
import { bench } from "./tasks.ts";

/** What a pass of the first epoch has under way when it is superseded lands behind the pass record of the second one. */
async function lateRecord(late: (b: ResultRecord) => ResultRecord) {
  const { run, output, world } = bench(
    `task({ id: "t", run: async () => { const a = await lib.a(); const b = await lib.b(); await lib.c(); return [a, b]; } });`,
    {
      a: async () => {
        if (world.passes === 1) return end();
        const lease = { runId, owner: "superseded", epoch: 1 };
        if (b !== undefined) await world.store.append(lease, { number: 2, epoch: 1, data: toText(late(b)) });
        return "a";
      },
      b: async () => `b, call ${++calls}`,
      c: async () => (world.passes === 2 ? end() : undefined),
    },
  );
  Object.assign(world.store, unfencedJournal());
  let runId = "";
  let calls = 0;
  let b: ResultRecord | undefined;
  const end = (): Promise<never> => {
    world.kill(runId);
    return new Promise(() => {});
  };
  const start = world.start.bind(world);
  world.start = async (...args) => {
    const started = await start(...args);
    runId = started.id;
    return started;
  };
  // Once without a late record: how the call is named in the log.
  const first = await run("t");
  expect(await output(first)).toEqual(["a", "b, call 1"]);
  const { entries } = await world.store.journal(first.id, 0);
  const records = entries.map(({ data }) => fromText(data));
  b = records.find((each): each is ResultRecord => each.kind === "result" && each.place?.name === "lib.b");
  expect(b).toBeDefined();
  calls = 0;
  world.passes = 0;
  const second = await run("t");
  const after = (await world.store.journal(second.id, 0)).entries.map(({ data }) => fromText(data));
  return { output: await output(second), calls, after };
}

test("a result of an older epoch behind a pass record answers nothing, also in the passes that come later", async () => {
  const zombie = { inline: encode("a zombie's").text };
  const { output, calls, after } = await lateRecord((b) => ({ ...b, epoch: 1, value: zombie }));
  expect(after.slice(0, 2)).toMatchObject([
    { kind: "pass", epoch: 2 },
    { epoch: 1, value: zombie },
  ]);
  expect({ output, calls }).toEqual({ output: ["a", "b, call 1"], calls: 1 });
});
