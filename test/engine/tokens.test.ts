/** Tokens: something outside that a run waits for. */
import { expect, test } from "vitest";
import { completeToken } from "../../engine/token-ends.ts";
import { readToken } from "../../engine/tokens.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

const hour = 3_600_000;

/** Somebody outside: completes a token when it is told of it. */
const outside = (world: () => World, afterMs: number, value: unknown) => ({
  tell: async (id: string) => {
    world().clock.after(afterMs, () => void completeToken(world().ports, id, value));
  },
});

const approval = `task({ id: "t", run: async () => {
  const token = await wait.createToken({ timeout: "1d", tags: ["approval"] });
  await lib.tell(token.id);
  const result = await wait.forToken<{ by: string }>(token);
  return result.ok ? result.output : result.error.name + ": " + result.error.message.replace(token.id, "<id>");
} });`;

test("a run waits for a token, put away, until somebody completes it", async () => {
  let here: World | undefined;
  const { run, output, world } = bench(
    approval,
    outside(() => here as World, hour, { by: "ada" }),
  );
  here = world;
  const ended = await run("t", 0, 2 * hour);
  expect(await output(ended)).toEqual({ by: "ada" });
  expect(ended.epoch).toBe(2);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(1);
});

test("a token that nobody completes in time gives a WaitpointTimeoutError, and is one to nobody later", async () => {
  const { run, output, world } = bench(approval, { tell: async () => {} });
  expect(await output(await run("t", 0, 48 * hour))).toBe(
    "WaitpointTimeoutError: The token <id> was not completed in time.",
  );
  const [token] = (await world.store.list({ limit: 9, task: ["holdfast/token"] })).runs;
  expect(token?.status).toBe("EXPIRED");
  await completeToken(world.ports, token?.id ?? "", "late");
  expect((await readToken(world.ports, token?.id ?? "")).status).toBe("EXPIRED");
});

test("with a crash at every store call a token is made once, and its completion reaches the run once", async () => {
  const { runs, bad } = await everyCrash(approval, (world) => outside(world, hour, { by: "ada" }), "t", 0, {
    by: "ada",
  });
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(14);
});

test("unwrap gives the output, and throws when the time is over", async () => {
  let here: World | undefined;
  const source = `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { const token = await wait.createToken({ timeout: "30m" }); await lib.tell(token.id); return wait.forToken(token.id).unwrap(); } });`;
  const made = bench(
    source,
    outside(() => here as World, 60_000, 7),
  );
  here = made.world;
  expect(await made.output(await made.run("t", 0, hour))).toBe(7);
  const late = bench(source, { tell: async () => {} });
  expect(await late.run("t", 0, hour)).toMatchObject({
    status: "FAILED",
    error: { name: "WaitpointTimeoutError" },
  });
});

test("a token that is completed before anybody waits for it does not keep the run waiting", async () => {
  let here: World | undefined;
  const { run, output, world } = bench(approval, {
    tell: async (id: string) => void (await completeToken((here as World).ports, id, "early")),
  });
  here = world;
  const ended = await run("t");
  expect([await output(ended), ended.epoch]).toEqual(["early", 1]);
});

test("several tokens are waited for at once, and several runs may wait for one", async () => {
  let here: World | undefined;
  const { world, id, output } = bench(
    `task({ id: "many", run: async () => {
      const tokens = await Promise.all([1, 2, 3].map(() => wait.createToken()));
      await Promise.all(tokens.map(({ id }, n) => lib.tell(id, n)));
      return Promise.all(tokens.map((token) => wait.forToken(token).unwrap()));
    } });
    task({ id: "one", run: async (id: string) => wait.forToken(id).unwrap() });`,
    {
      tell: async (id: string, n: number) =>
        void (here as World).clock.after((3 - n) * hour, () => void completeToken(world.ports, id, n)),
    },
  );
  here = world;
  const many = await world.start(id("many"), undefined);
  expect(await output(await world.finish(many.id, 5 * hour))).toEqual([0, 1, 2]);
  const { createToken } = await import("../../engine/tokens.ts");
  const { head } = await createToken(world.ports, { codeVersion: "v1" });
  const both = [await world.start(id("one"), head.id), await world.start(id("one"), head.id)];
  world.clock.after(hour, () => void completeToken(world.ports, head.id, "for both"));
  for (const { id: each } of both) expect(await output(await world.finish(each, 5 * hour))).toBe("for both");
});

test("inside a run a token's idempotency key holds within the run, and a token may be completed there", async () => {
  const { run, output } = bench(
    `task({ id: "t", run: async () => {
      const first = await wait.createToken({ idempotencyKey: "k" });
      const second = await wait.createToken({ idempotencyKey: "k" });
      await wait.completeToken(first, [1n]);
      await wait.completeToken(first, "too late");
      return [first.id === second.id, first.isCached, second.isCached, await wait.forToken(second).unwrap()];
    } });`,
  );
  const [same, ...rest] = (await output(await run("t"))) as unknown[];
  expect([same, ...rest]).toEqual([true, false, true, [1n]]);
  expect(await output(await run("t"))).toEqual([true, false, true, [1n]]);
});

test.each([
  ["an unknown token", `wait.forToken("waitpoint_none")`, "HF208"],
  ["what is no token", `wait.forToken(7 as never)`, "HF510"],
  ["an option that there is not", `wait.createToken({ timeoutt: "1h" } as never)`, "HF506"],
  ["a time-out that is none", `wait.createToken({ timeout: "soon" })`, "HF508"],
])("%s is refused", async (_name, call, code) => {
  const { run } = bench(`task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await ${call}; } });`);
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { code } });
});
