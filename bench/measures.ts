/** What is measured, each as one function that runs it once and gives a number. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { kill } from "../test/world/processes.ts";
import { close, listen } from "../test/world/world.ts";
import type { Client } from "./client.ts";
import { quantile } from "./statistics.ts";

interface Run {
  readonly id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly finishedAt?: string;
}

/** Where the measures are taken. */
export interface Course {
  readonly client: Client;
  /** A factor on all counts: 1, or less with `--quick`. */
  readonly size: number;
}

const trigger = async (client: Client, task: string, payload: unknown): Promise<string> =>
  (await client.post<{ id: string }>(`/api/v1/tasks/${task}/trigger`, { payload })).id;

async function done(client: Client, id: string): Promise<Run> {
  for (;;) {
    const run = await client.get<Run>(`/api/v3/runs/${id}?wait=25`);
    if (run.status === "COMPLETED") return run;
    if (run.finishedAt) throw new Error(`Run ${id} ended as ${run.status}.`);
  }
}

/** Triggers a run and waits until it is in the state. */
export async function triggered(
  client: Client,
  task: string,
  payload: unknown,
  status = "COMPLETED",
): Promise<string> {
  const id = await trigger(client, task, payload);
  while ((await client.get<Run>(`/api/v3/runs/${id}`)).status !== status) await pause(20);
  return id;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Trigger → done of a one-step run, one after the other: p50 and p95 in ms. */
export async function oneStep({ client, size }: Course): Promise<{ p50: number; p95: number }> {
  const times: number[] = [];
  for (let i = 0; i < 200 * size; i++)
    times.push(await timed(async () => done(client, await trigger(client, "one", i))));
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/** One-step runs triggered at once: runs per second, from the first trigger to the last run's end. */
export async function atOnce({ client, size }: Course): Promise<number> {
  const count = 1_000 * size;
  const from = Date.now();
  const ids = await Promise.all(Array.from({ length: count }, (_, i) => trigger(client, "one", i)));
  const ends = await endsOf(client, ids);
  return count / ((Math.max(...ends.map(({ end }) => end)) - from) / 1000);
}

/** One run of many steps: seconds. */
export async function longRun({ client, size }: Course): Promise<number> {
  const steps = 1_000 * size;
  return (
    (await timed(async () => expectOutput(await done(client, await trigger(client, "many", steps)), steps))) /
    1000
  );
}

/** SIGKILL of the runner at work, with many steps done, until the run makes its next new call: ms. */
export async function killToNextStep({ client, size }: Course): Promise<number> {
  let killedAt = 0;
  let took = 0;
  const server = createServer((request, response) => {
    if (killedAt > 0) {
      took = performance.now() - killedAt;
      response.end("on we go");
    } else if (kill(Number(request.url?.slice(1)))) killedAt = performance.now();
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await done(client, await trigger(client, "interrupted", { steps: 1_000 * size, url }));
  } finally {
    await close(server);
  }
  return took;
}

/** A parent that waits for a hundred children: ms. */
export async function children({ client, size }: Course): Promise<number> {
  const count = 100 * size;
  return timed(async () => expectOutput(await done(client, await trigger(client, "parent", count)), count));
}

/** Sleepers of one second at once: how late they end, p95 in ms. */
export async function sleepers({ client, size }: Course): Promise<number> {
  const ids = await Promise.all(Array.from({ length: 1_000 * size }, () => trigger(client, "sleeper", 1)));
  const ends = await endsOf(client, ids);
  return quantile(
    ends.map(({ end, output }) => end - (Number(output) + 1_000)),
    0.95,
  );
}

async function endsOf(client: Client, ids: readonly string[]): Promise<{ end: number; output: unknown }[]> {
  const last = ids.at(-1);
  if (last !== undefined) await done(client, last);
  const runs: Run[] = [];
  for (const id of ids) runs.push(await done(client, id));
  return runs.map(({ finishedAt, output }) => ({ end: Date.parse(finishedAt ?? ""), output }));
}

function expectOutput({ id, output }: Run, wanted: number): void {
  if (output !== wanted) throw new Error(`Run ${id} gave ${JSON.stringify(output)}, not ${wanted}.`);
}
