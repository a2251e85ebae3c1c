/** A task that streams, and who reads it while the processes that run it are killed: the same on one machine and in AWS. */
import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { apiClient } from "../../sdk/client.ts";
import { readStream } from "../../sdk/stream-reading.ts";
import { secretKey } from "./holdfast.ts";
import { kill } from "./processes.ts";

/** The task `talks`. */
export const streamingTask = `import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { metadata, step, streams, task, wait } from "holdfast";

async function* answer() {
  for (const word of ["to", "be", "or", "not"]) { await setTimeout(30); yield word; }
}
export const talks = task({ id: "talks", run: async ({ gates }: { gates: string[] }) => {
  const pid = await step("pid", async () => process.pid);
  await streams.append("log", { begun: pid });
  for (const gate of gates) {
    while (!(await step("open?", async () => existsSync(gate)))) await step("waiting", () => setTimeout(20));
    await streams.append("log", { passed: gates.indexOf(gate), pid: process.pid });
  }
  const words: string[] = [];
  for await (const word of await metadata.stream("words", answer())) words.push(word);
  await wait.for({ seconds: 1 });
  await streams.append("log", "end");
  return words;
} });
`;

interface Chunk {
  readonly begun?: number;
  readonly passed?: number;
  readonly pid?: number;
}

/** Reads the run's log; kills the process behind each of the first two chunks, and opens the next gate. */
export async function followKilling(url: string, runId: string, gates: readonly [string, string]) {
  const client = apiClient({ baseUrl: url, secretKey });
  const seen: Chunk[] = [];
  for await (const chunk of readStream(client, runId, "log", { timeoutInSeconds: 120 })) {
    const each = Object(chunk) as Chunk;
    const gate = gates[seen.push(chunk as Chunk) - 1];
    if (gate === undefined) continue;
    kill(each.pid ?? each.begun ?? 0);
    await writeFile(gate, "");
  }
  const pids = seen.slice(0, 3).map(({ pid, begun }) => pid ?? begun);
  expect(seen).toEqual([{ begun: pids[0] }, { passed: 0, pid: pids[1] }, { passed: 1, pid: pids[2] }, "end"]);
  expect(new Set(pids).size).toBe(3);
  const words: unknown[] = [];
  for await (const word of readStream(client, runId, "words", { startIndex: 1 })) words.push(word);
  expect(words).toEqual(["be", "or", "not"]);
}
