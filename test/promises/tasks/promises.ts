/** The tasks with which the README's promises are kept. */
import { runs, task, wait } from "holdfast";

/** Tells somebody which process it is in, and waits for the answer. */
export const call = task({
  id: "call",
  run: async ({ url }: { url: string }) => {
    const answer = await fetch(`${url}?pid=${process.pid}`, { method: "POST" });
    return answer.status;
  },
});

export const nap = task({
  id: "nap",
  run: async ({ seconds }: { seconds: number }) => {
    const from = Date.now();
    await wait.for({ seconds });
    return from;
  },
});

export const echo = task({ id: "echo", run: async (payload: unknown) => payload });

/** Its bug is mended while the test runs. */
export const buggy = task({
  id: "buggy",
  retry: { maxAttempts: 2, minTimeoutInMs: 50 },
  run: async ({ url }: { url: string }) => {
    const answer = await fetch(`${url}/first`, { method: "POST" });
    const bug = JSON.parse("{}");
    const second = await fetch(`${url}/${bug.path.name}`, { method: "POST" });
    return [answer.status, second.status];
  },
});

/** Waits until it is canceled, and tidies up. */
export const tidy = task({
  id: "tidy",
  run: async ({ url }: { url: string }) => {
    try {
      await fetch(`${url}/begun`, { method: "POST" });
      await wait.for({ hours: 1 });
    } finally {
      await fetch(`${url}/tidied`, { method: "POST" });
    }
  },
});

/** Looks at another run, and completes a token at its own address. */
export const looksAround = task({
  id: "looks-around",
  run: async (payload: { other: string }) => {
    const other = await runs.retrieve(payload.other);
    const token = await wait.createToken({ timeout: "1h" });
    const answer = await fetch(token.url, { method: "POST", body: "yes" });
    const completed = await wait.forToken<string>(token).unwrap();
    return { status: other.status, answered: answer.status, completed };
  },
});
