/** The local runner of AWS's durable execution SDK: it keeps all in memory, and cannot be killed and go on. */
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { stepResult } from "../measuring.mjs";

export const durability = "none: its runner keeps all in memory";

const steps = async ({ n }, ctx) => {
  let last;
  for (let i = 0; i < n; i++) last = await ctx.step(`s${i}`, async () => stepResult(i));
  return last;
};
const child = withDurableExecution(async ({ i }, ctx) => ctx.step("c", async () => stepResult(i)));
const fanout = async ({ n }, ctx) => {
  const branch = (_, i) => async (own) => own.invoke(`i${i}`, "child", { i });
  return (await ctx.parallel("fan", Array.from({ length: n }, branch))).getResults().length;
};
const sleeper = async ({ ms }, ctx) => {
  const from = await ctx.step("a", async () => Date.now());
  await ctx.wait({ seconds: ms / 1_000 });
  const to = await ctx.step("b", async () => Date.now());
  return { late: to - from - ms };
};
const handlers = Object.fromEntries(
  Object.entries({ steps, fanout, sleeper }).map(([name, run]) => [name, withDurableExecution(run)]),
);

export async function open() {
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  return {
    counts: { W1: 50, W2: 20, W3: 1_000 },
    async run(name, payload) {
      const runner = new LocalDurableTestRunner({ handlerFunction: handlers[name] });
      if (name === "fanout") runner.registerDurableFunction("child", child);
      const execution = await runner.run({ payload });
      if (execution.getStatus() !== "SUCCEEDED") throw new Error(JSON.stringify(execution.getError?.()));
      return execution.getResult();
    },
    pids: () => [process.pid],
    close: () => LocalDurableTestRunner.teardownTestEnvironment(),
  };
}
