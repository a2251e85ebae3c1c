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
    { text: "woken", attempt: 2, pass: 2 },
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

test.each([1, 60_000])(
  "what an attempt logs behind the last record is its own, after %i ms of back-off too",
  async (ms) => {
    const { run, world } =
      bench(`task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: ${ms}, factor: 1, randomize: false }, run: async (_, { ctx }) => {
    console.log("begun");
    await wait.for({ days: 1 });
    logger.info("attempt", ctx.attempt.number);
    if (ctx.attempt.number < 3) throw new Error("no");
    logger.info("done");
    await step("all", async () => logger.info("in a step"));
  } });`);
    await run("t");
    const texts = world.lines.map(({ text, attempt }) => `${attempt}: ${text}`);
    expect(texts).toEqual([
      "1: begun",
      "1: attempt 1",
      "2: attempt 2",
      "3: attempt 3",
      "3: done",
      "3: in a step",
    ]);
  },
);

test("a step that was cut off by a crash logs from its first line when it is made again", async () => {
  let calls = 0;
  const { world, id } = bench(
    `task({ id: "t", run: async () => {
      await lib.first();
      await step("all", async () => { logger.info("in a step"); await lib.second(); });
    } });`,
    {
      first: async () => 1,
      second: async () => {
        if (++calls === 1) world.kill(started);
      },
    },
  );
  const { id: started } = await world.start(id("t"), undefined);
  await world.finish(started);
  expect(world.lines.map(({ text, pass }) => `${pass}: ${text}`)).toEqual(["1: in a step", "2: in a step"]);
});

const hooked = (
  first: string,
) => `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 1, factor: 1, randomize: false },
  init: async () => { logger.info("init"); },
  onStart: async () => { logger.info("start"); },
  onStartAttempt: async ({ ctx }) => { logger.info("attempt"); ${first} },
  cleanup: async () => { logger.info("cleanup"); },
  run: async (recorded, { ctx }) => {
    logger.info("begun");
    if (recorded) await lib.call();
    logger.info("behind");
    if (ctx.attempt.number < 3) throw new Error("no");
  } });`;

test.each([
  ["where nothing is recorded", "", false, ["init", "attempt", "begun", "behind", "cleanup"]],
  ["where something is", "", true, ["init", "attempt", "behind", "cleanup"]],
])(
  "each attempt has the lines of its own hooks, and the first those of onStart, %s",
  async (_, first, recorded, later) => {
    const { run, world } = bench(hooked(first), { call: async () => 1 });
    await run("t", recorded);
    const of = (number: number) =>
      world.lines.filter(({ attempt }) => attempt === number).map(({ text }) => text);
    expect(of(1)).toEqual(["init", "start", "attempt", "begun", "behind", "cleanup"]);
    expect([of(2), of(3)]).toEqual([later, later]);
  },
);

test("onStart that failed logs what it does anew in the next attempt", async () => {
  let calls = 0;
  const { run, world } = bench(
    `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 },
      onStart: async () => {
        logger.info("start");
        const answer = await lib.call();
        if (!answer.ok) throw new Error("no");
        logger.info("started");
      },
      run: async () => { logger.info("begun"); } });`,
    { call: async () => ({ ok: ++calls > 1 }) },
  );
  await run("t");
  const lines = world.lines.map(({ attempt, text }) => `${attempt}: ${text}`);
  expect(lines).toEqual(["1: start", "2: started", "2: begun"]);
});

test("a hook's line is printed once in its attempt, at whatever call of the store the process dies", async () => {
  for (const strike of ["before", "after"] as const) {
    for (let at = 1, over = false; !over; at++) {
      let calls = 0;
      const { run, world } = bench(
        hooked("await lib.call(); logger.info('ready');"),
        { call: async () => 1 },
        { strike: () => (++calls === at ? strike : undefined) },
      );
      expect((await run("t", true)).status).toBe("COMPLETED");
      const seen = world.lines.map(({ attempt, text }) => `${attempt}: ${text}`);
      const twice = seen.filter((line, place) => seen.indexOf(line) !== place);
      expect([strike, at, twice]).toEqual([strike, at, []]);
      over = calls < at;
    }
  }
});
