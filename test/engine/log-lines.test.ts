/** Where in its run a line was printed: attempt, pass, and the try of the unit that it was printed in. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

test("a line tells the attempt and the pass in which it was printed", async () => {
  const { run, world } =
    bench(`task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async (_, { ctx }) => {
    console.log("begun");
    await wait.for({ days: 1 });
    logger.warn("woken");
    if (ctx.attempt.number === 1) throw new Error("no");
    await wait.for({ days: 1 });
    console.log("again");
  } });`);
  await run("t");
  expect(world.lines).toEqual([
    { text: "begun", attempt: 1, pass: 1 },
    { text: "woken", attempt: 1, pass: 2 },
    { text: "again", attempt: 2, pass: 3 },
  ]);
});

test("a line of a library inside a call is the run's, and no other line is", async () => {
  const lib = {
    async call() {
      console.info("calling");
      await null;
      console.info("called");
    },
  };
  const { run, world } = bench(`task({ id: "t", run: async () => { await lib.call(); } });`, lib);
  await run("t");
  expect(world.lines).toEqual([
    { text: "calling", attempt: 1, pass: 1, try: 1 },
    { text: "called", attempt: 1, pass: 1, try: 1 },
  ]);
  const kept = world.lines.length;
  console.info("This line is nobody's.");
  expect(world.lines).toHaveLength(kept);
});

test("a line inside a step tells its try as well", async () => {
  const { run, world } = bench(`task({ id: "t", run: async () => {
    let tries = 0;
    await step("flaky", { retry: { maxAttempts: 3, minTimeoutInMs: 1 } }, async () => {
      console.log("trying");
      if (++tries < 3) throw new Error("no");
    });
    console.log("done");
  } });`);
  await run("t");
  expect(world.lines).toEqual([
    { text: "trying", attempt: 1, pass: 1, try: 1 },
    { text: "trying", attempt: 1, pass: 1, try: 2 },
    { text: "trying", attempt: 1, pass: 1, try: 3 },
    { text: "done", attempt: 1, pass: 1 },
  ]);
});
