/**
 * `npm run bench -- --scale`: a real `holdfast serve` with a million finished and a hundred thousand sleeping runs in its database,
 * beside the same server with none, in one run.
 */
import { cp, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Holdfast, startHoldfast } from "../../test/world/holdfast.ts";
import { linkHoldfast, makeFolder, root } from "../../test/world/place.ts";
import { type Client, openClient } from "../client.ts";
import { oneStep, triggered } from "../measures.ts";
import { quantile } from "../statistics.ts";
import { copyRuns } from "./copies.ts";

/** A figure without the runs, and with them. */
export interface ScaleFigure {
  readonly name: string;
  readonly unit: string;
  readonly few: number;
  readonly many: number;
}

const dayMs = 86_400_000;
/** What is kept for 30 days by default. */
const keptMs = 29 * dayMs;

/** Lists that a person asks for: the newest, a page in the middle, what there is little of, what there is none of. */
const lists = (middle: string): readonly (readonly [name: string, query: string])[] => [
  ["the newest 25 runs", "limit=25"],
  ["25 runs in the middle", `limit=25&after=${middle}`],
  ["those of a task", "limit=25&task=one"],
  ["those of a task that has none: a call", "limit=25&task=many"],
  ["those that wait", "limit=25&status=WAITING"],
  ["those that failed: none", "limit=25&status=FAILED"],
  ["those of a tag that one run has: a call", "limit=25&tag=customer_0"],
  ["those with a text that none has: a call", "limit=25&text=nowhere"],
];

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now();
  const value = await work();
  return { ms: performance.now() - from, value };
}

async function medianOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push((await timed(work)).ms);
  return quantile(all, 0.5);
}

type Figures = Map<string, { unit: string; value: number }>;

/** What is measured of a server. */
async function measure(client: Client, middle: string): Promise<Figures> {
  const found: Figures = new Map();
  await oneStep({ client, size: 0.5 });
  found.set("trigger → done of a one-step run, p50", {
    unit: "ms",
    value: (await oneStep({ client, size: 1 })).p50,
  });
  for (const [name, query] of lists(middle)) {
    const value = await medianOf(3, () => client.get(`/api/v1/runs?${query}`));
    found.set(name, { unit: "ms", value });
  }
  // Somebody looks for what is not there all the time: what do others see of it?
  const end = new AbortController();
  const searching = (async () => {
    while (!end.signal.aborted) await client.get("/api/v1/runs?limit=25&text=nowhere");
  })();
  const { p50, p95 } = await oneStep({ client, size: 0.5 });
  end.abort();
  await searching;
  found.set("a one-step run beside such searches, p50", { unit: "ms", value: p50 });
  found.set("the same, p95", { unit: "ms", value: p95 });
  return found;
}

/** Where the measures are taken, and what tells of their course. */
export interface Scale {
  readonly finished: number;
  readonly sleeping: number;
  readonly tell: (line: string) => void;
}

/** Measures without the runs, then with them. */
export async function measureScale({ finished, sleeping, tell }: Scale): Promise<readonly ScaleFigure[]> {
  const folder = await makeFolder("scale");
  const data = join(folder.path, "data");
  await cp(join(root, "bench", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  const start = () => startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
  const server = async <T>(work: (holdfast: Holdfast, client: Client) => Promise<T>) => {
    const { ms, value: holdfast } = await timed(start);
    const client = openClient(holdfast.url, 64);
    try {
      return { ms, value: await work(holdfast, client) };
    } finally {
      client.close();
      await holdfast.stop();
    }
  };
  try {
    const models = await server(async (_, client) => ({
      finished: await triggered(client, "one", 1),
      sleeping: await triggered(client, "sleeper", (20 * dayMs) / 1_000, "WAITING"),
    }));
    const few = await server((_, client) => measure(client, models.value.finished));
    const database = join(data, "holdfast.db");
    tell(`The database holds ${(await stat(database)).size} bytes.`);
    const copies = [
      { runId: models.value.finished, count: finished, tag: "customer_" },
      { runId: models.value.sleeping, count: sleeping },
    ];
    for (const copy of copies) {
      copyRuns(database, { ...copy, spreadMs: keptMs }, (made) => {
        if (made % 100_000 === 0) tell(`${made} copies of ${copy.runId} are made.`);
      });
    }
    tell(`The database holds ${(await stat(database)).size} bytes.`);
    const middle = `${models.value.finished.slice(0, -12)}${String(finished / 2).padStart(12, "0")}`;
    const many = await server((_, client) => measure(client, middle));
    const started = { name: "start, until it serves", unit: "ms", few: few.ms, many: many.ms };
    const rest = [...few.value].map(([name, { unit, value }]) => ({
      name,
      unit,
      few: value,
      many: many.value.get(name)?.value ?? Number.NaN,
    }));
    return [started, ...rest];
  } finally {
    await folder.remove();
  }
}
