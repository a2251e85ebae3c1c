/** A run that does everything that a trace shows: a retry, parallel branches, a child, a wait, and an await that is cut off. */
import { idempotencyKey, step, task, wait } from "holdfast";

interface Asked {
  readonly url: string;
  /** Must be seen in no trace. */
  readonly secret: string;
}

const ask = async (url: string): Promise<string> => {
  const response = await fetch(url, { headers: { "idempotency-key": idempotencyKey() } });
  return response.text();
};

/** One activation of this is one frame. */
async function branch(url: string, side: string): Promise<string> {
  const first = await step(`${side} one`, () => ask(`${url}/${side}`));
  return first + (await step(`${side} two`, () => ask(`${url}/${side}`)));
}

export const square = task({
  id: "square",
  run: async (n: number) => step("multiply", async () => n * n),
});

export const traced = task({
  id: "traced",
  retry: { maxAttempts: 3, minTimeoutInMs: 10, maxTimeoutInMs: 20, randomize: false },
  run: async ({ url, secret }: Asked) => {
    const flaky = async () => {
      if ((await ask(`${url}/flaky`)) === "busy") throw new RangeError(`Busy, ${secret}`);
      return secret;
    };
    await step("flaky", flaky);
    await Promise.all([branch(url, "left"), branch(url, "right")]);
    const nine = await square.triggerAndWait(3).unwrap();
    await wait.for({ seconds: 3 });
    await step("cut off", () => ask(`${url}/hang`));
    return `${nine} ${secret}`;
  },
});

/** Is put away twice. */
export const naps = task({
  id: "naps",
  run: async () => {
    await wait.for({ seconds: 1.5 });
    await wait.for({ seconds: 1.5 });
  },
});

/** Fails for good. */
export const fails = task({
  id: "fails",
  retry: { maxAttempts: 1 },
  run: async () => {
    await step("refused", async () => {
      throw new TypeError("no");
    });
  },
});

/** Ends its process, each time, behind one await. */
export const kills = task({
  id: "kills",
  run: async () => {
    await step("once", async () => 1);
    process.exit(9);
  },
});
