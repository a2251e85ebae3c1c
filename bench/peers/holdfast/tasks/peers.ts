/** The workloads' tasks. */
import { step, task, wait } from "holdfast";
import { hangOnce } from "../../hanging.mjs";
import { stepResult } from "../../measuring.mjs";

export const steps = task({
  id: "steps",
  run: async ({ n }: { n: number }) => {
    let last: unknown;
    for (let i = 0; i < n; i++) last = await step("s", async () => stepResult(i));
    return last;
  },
});

const child = task({ id: "child", run: async (i: number) => step("c", async () => stepResult(i)) });

export { child };

export const fanout = task({
  id: "fanout",
  run: async ({ n }: { n: number }) =>
    (await Promise.all(Array.from({ length: n }, (_, i) => child.triggerAndWait(i).unwrap()))).length,
});

export const sleeper = task({
  id: "sleeper",
  run: async ({ ms }: { ms: number }) => {
    const from = await step("a", async () => Date.now());
    await wait.for({ seconds: ms / 1_000 });
    const to = await step("b", async () => Date.now());
    return { late: to - from - ms };
  },
});

export const hang = task({
  id: "hang",
  run: async ({ n, mark }: { n: number; mark: string }) => {
    for (let i = 0; i < n; i++) await step("s", async () => stepResult(i));
    await step("last", () => hangOnce(mark));
    return n;
  },
});
