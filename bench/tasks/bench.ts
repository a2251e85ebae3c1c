/** The tasks that are measured: as small as can be, so that what is seen is Holdfast's own cost. */
import { setImmediate as turn } from "node:timers/promises";
import { task, wait } from "holdfast";

export const one = task({
  id: "one",
  run: async (n: number) => await turn(n),
});

export const many = task({
  id: "many",
  run: async (steps: number) => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += await turn(1);
    return sum;
  },
});

/** Tells the bench which process it is in once its steps are done, and waits for the answer. */
export const interrupted = task({
  id: "interrupted",
  retry: { maxAttempts: 3, minTimeoutInMs: 1 },
  run: async ({ steps, url }: { steps: number; url: string }) => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += await turn(1);
    const answer = await fetch(`${url}/${process.pid}`);
    return { sum, status: answer.status };
  },
});

export const parent = task({
  id: "parent",
  run: async (children: number) => {
    const each = Array.from({ length: children }, (_, i) => one.triggerAndWait(i).unwrap());
    return (await Promise.all(each)).length;
  },
});

/** Gives the time at which it fell asleep. */
export const sleeper = task({
  id: "sleeper",
  run: async (seconds: number) => {
    const from = Date.now();
    await wait.for({ seconds });
    return from;
  },
});
