/** A task that is sent to, and who sends while the processes that run it are killed: the same on one machine and in AWS. */
import { expect } from "vitest";
import { apiClient } from "../../sdk/client.ts";
import { sendBy } from "../../sdk/send-input.ts";
import { readStream } from "../../sdk/stream-reading.ts";
import { secretKey } from "./holdfast.ts";
import { kill } from "./processes.ts";

/** The task `listens`. */
export const listeningTask = `import { step, streams, task } from "holdfast";

const inbox = streams.input<number>({ id: "inbox" });
export const listens = task({ id: "listens", run: async ({ count }: { count: number }) => {
  const seen: number[] = [];
  const heard: number[] = [];
  inbox.on((n) => { heard.push(n); });
  while (seen.length < count) {
    const n = await inbox.wait({ timeout: "1h" }).unwrap();
    seen.push(n);
    const pid = await step("pid " + n, async () => process.pid);
    await streams.append("log", { n, pid });
  }
  return { seen, heard };
} });
`;

/** What it ends with. */
export const listened = { seen: [0, 1, 2, 3, 4], heard: [0, 1, 2, 3, 4] };

/** Sends to the run, and kills each process that says that it got something. */
export async function sendKilling(url: string, runId: string): Promise<void> {
  const config = { baseUrl: url, secretKey };
  const numbers = [...listened.seen];
  const next = async (): Promise<void> => {
    const n = numbers.shift();
    if (n !== undefined) await sendBy(config, runId, "inbox", n);
  };
  await next();
  const got: number[] = [];
  const options = { timeoutInSeconds: 120 };
  for await (const chunk of readStream(apiClient(config), runId, "log", options)) {
    const { n, pid } = chunk as { readonly n: number; readonly pid: number };
    got.push(n);
    kill(pid);
    await next();
  }
  expect(got).toEqual(listened.seen);
}
