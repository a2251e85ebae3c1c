/** `holdfast dev` replays every finished run from its own journal, and tells what would have gone on otherwise. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import type { Holdfast } from "../world/holdfast.ts";
import { replaysIn } from "../world/replays.ts";
import { makeProject, type Project } from "./project.ts";

/** An outside world that counts what is asked of it, by path. */
const asked = new Map<string, number>();
const server = createServer((request, response) => {
  const path = request.url ?? "";
  asked.set(path, (asked.get(path) ?? 0) + 1);
  response.end(JSON.stringify({ n: asked.get(path) }));
});

const tasksFile = `import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { logger, metadata, step, task, wait } from "holdfast";

const state = globalThis as unknown as { runs?: number; marks?: number };
type Outside = { readonly url: string; readonly file: string };
const ask = async (url: string): Promise<number> => {
  const response = await fetch(url, { method: "POST" });
  return ((await response.json()) as { n: number }).n;
};

export const counting = task({ id: "counting", run: async ({ url }: Outside) => {
  state.runs = (state.runs ?? 0) + 1;
  if (state.runs % 2 === 1) return ask(\`\${url}/odd\`); // ODD
  return ask(\`\${url}/even\`);
} });

export const configured = task({ id: "configured", run: async ({ url }: Outside) => {
  const limit = process.env.LIMIT ?? "none";
  await ask(\`\${url}/configured\`);
  process.env.LIMIT = "3";
  return limit;
} });

export const marking = task({ id: "marking", run: async ({ url }: Outside) => {
  state.marks = (state.marks ?? 0) + 1;
  await ask(\`\${url}/marking-\${state.marks}\`);
} });

export const filed = task({ id: "filed", run: async ({ url, file }: Outside) => {
  const text = readFileSync(file, "utf8");
  await fetch(\`\${url}/filed\`, { method: "POST", body: text }); // FILED
  await step("write", async () => { writeFileSync(file, \`\${text}.\`); });
} });

const hashing = (ms: number): number => {
  const end = Date.now() + ms;
  let turns = 0;
  while (Date.now() < end) turns += createHash("sha256").update(Buffer.alloc(200_000)).digest().length > 0 ? 1 : 0;
  return turns;
};
export const busy = task({ id: "busy", run: async ({ url }: Outside) => {
  const done = await ask(\`\${url}/busy-\${hashing(150)}\`);
  return [done, hashing(150)];
} });

const child = task({ id: "child", run: async ({ url, n }: { url: string; n: number }) => ask(\`\${url}/child-\${n}\`) });
export { child };

export const sound = task({ id: "sound", retry: { maxAttempts: 3, minTimeoutInMs: 1 }, run: async ({ url }: Outside, { ctx }) => {
  logger.info("begun", { at: Date.now(), by: Math.random() });
  metadata.set("state", "going");
  const ids = [crypto.randomUUID(), String(Date.now()), String(new Date().getTime() % 7)];
  const all = await Promise.all([1, 2, 3].map(async (n) => (await ask(\`\${url}/parallel-\${n}\`)) + n));
  const done = await child.triggerAndWait({ url, n: 1 });
  await Promise.race([ask(\`\${url}/fast\`), wait.for({ hours: 1 })]);
  await wait.for({ seconds: 1 });
  const timer = setInterval(() => void ask(\`\${url}/beat\`), 20);
  await new Promise((resolve) => setTimeout(resolve, 70));
  clearInterval(timer);
  if (ctx.attempt.number === 1) throw new Error("again");
  return { ids, all, done: done.ok, last: await ask(\`\${url}/last\`), chance: Math.random() };
} });
`;

let project: Project;
let holdfast: Holdfast;
let payload: { readonly url: string; readonly file: string };
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  project = await makeProject({ "tasks/all.ts": tasksFile, "text.txt": "text" });
  const { port } = server.address() as AddressInfo;
  payload = { url: `http://127.0.0.1:${port}`, file: join(project.path, "text.txt") };
  holdfast = await project.start({ args: ["--json"] });
});
afterAll(async () => {
  await project.end();
  server.close();
});

interface Replay {
  readonly code?: string;
  readonly kind: string;
  readonly task: string;
  readonly runId: string;
  readonly file?: string;
  readonly line?: number;
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
}

/** What was told of replays, by machine. */
const told = (): Replay[] => replaysIn(holdfast.output());

const lineOf = (mark: string): number =>
  tasksFile.split("\n").findIndex((line) => line.includes(`// ${mark}`)) + 1;

/** Runs a task to its end; gives what is told of its replay. */
async function replayOf(task: string): Promise<Replay> {
  await holdfast.finished(await holdfast.trigger(task, payload));
  await until(`the replay of ${task} is told`, () => told().some((each) => each.task === task));
  return told().find((each) => each.task === task) as Replay;
}

describe("a run that would have gone on otherwise is told, with its place", () => {
  test("by a counter of globalThis", async () => {
    const replay = await replayOf("counting");
    expect(replay).toMatchObject({ code: "HF321", kind: "differs", file: "tasks/all.ts" });
    expect(replay.what).toMatch(/journal has no record|other arguments/);
    expect(replay.why).toContain("interrupted");
    expect(replay.fix).toContain("globalThis");
  });

  test("by a variable of the environment that has changed since", async () => {
    expect(await replayOf("configured")).toMatchObject({
      code: "HF321",
      what: expect.stringContaining("none"),
    });
  });

  test("by the content of a file that has changed since", async () => {
    expect(await replayOf("filed")).toMatchObject({ code: "HF321", line: lineOf("FILED") });
  });
});

test("a sound one is not told of, nor one that works until a time has come, nothing is told twice, and nothing is asked of the outside again", async () => {
  for (const task of ["sound", "sound", "busy", "counting", "filed"])
    await holdfast.finished(await holdfast.trigger(task, payload), 30_000);
  const before = new Map([...asked].filter(([path]) => !path.startsWith("/marking")));
  // Runs are replayed in the order of their ends: once this one is told of, those before it have been replayed.
  await replayOf("marking");
  expect(told().filter(({ task }) => ["sound", "child", "busy"].includes(task))).toEqual([]);
  expect(told().filter(({ task }) => task === "counting").length).toBe(1);
  expect(told().filter(({ task }) => task === "filed").length).toBe(1);
  expect([...before].filter(([path, n]) => asked.get(path) !== n)).toEqual([]);
});
