/** What a run logs on one machine, with real processes: kept with the run, not repeated, and read by the command line. */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command, type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { kill } from "../world/processes.ts";

let folder: Folder;
let holdfast: Holdfast;

const source = `import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { logger, step, task } from "holdfast";

export const talks = task({
  id: "talks",
  retry: { maxAttempts: 3, minTimeoutInMs: 10 },
  run: async ({ open }: { open: string }) => {
    logger.info("begun", { order: 7, at: new Date(0) });
    console.log("%d items", 3);
    let tries = 0;
    await step("flaky", async () => {
      console.warn("trying");
      if (++tries < 2) throw new Error("no");
    });
    logger.error("pid", { pid: process.pid });
    while (!(await step("open?", async () => existsSync(open)))) await step("waiting", () => setTimeout(20));
    console.log("x".repeat(10_000));
    return "done";
  },
});

export const chatters = task({
  id: "chatters",
  run: async () => {
    for (let n = 1; n <= 1_500; n++) console.log(\`line \${n}\`);
  },
});

export const quiet = task({ id: "quiet", run: async () => {} });
`;

beforeAll(async () => {
  folder = await makeFolder("logs");
  await mkdir(join(folder.path, "tasks"));
  await writeFile(join(folder.path, "tasks", "talks.ts"), source);
  await linkHoldfast(folder.path);
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data: join(folder.path, "data") });
});
afterAll(async () => {
  await holdfast?.stop();
  await folder?.remove();
});

interface Line {
  readonly number: number;
  readonly level: string;
  readonly pass: number;
  readonly try?: number;
  readonly message: string;
  readonly properties?: Record<string, unknown>;
  readonly isCut?: true;
}
async function lines(id: string, query = ""): Promise<readonly Line[]> {
  const { body } = await holdfast.request("GET", `/api/v1/runs/${id}/logs?limit=1000${query}`);
  return (body as { data: Line[] }).data;
}
const cliOf = (...args: string[]) =>
  command(folder.path, ["logs", ...args, "--url", holdfast.url, "--key", secretKey]);

test("what a run has logged is kept, and not again when its process is killed and it goes on", async () => {
  const open = join(folder.path, "open");
  const id = await holdfast.trigger("talks", { open });
  const begun = [
    {
      number: 1,
      level: "info",
      attempt: 1,
      pass: 1,
      message: "begun",
      properties: { order: 7, at: "1970-01-01T00:00:00.000Z" },
    },
    { number: 2, level: "log", attempt: 1, pass: 1, message: "3 items" },
    { number: 3, level: "warn", attempt: 1, pass: 1, try: 1, message: "trying" },
    { number: 4, level: "warn", attempt: 1, pass: 1, try: 2, message: "trying" },
    { number: 5, level: "error", attempt: 1, pass: 1, message: "pid" },
  ];
  await expect.poll(() => lines(id)).toMatchObject(begun);
  const told = (await lines(id)).at(-1);
  kill(Number(told?.properties?.pid));
  await expect.poll(async () => (await holdfast.run(id)).status).toBe("EXECUTING");
  expect(existsSync(open)).toBe(false);
  await writeFile(open, "");
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: "done" });
  // As soon as the end can be seen, the last line can.
  const [last, ...others] = (await lines(id)).slice(begun.length);
  expect([last, others]).toMatchObject([{ number: 6, isCut: true, message: "x".repeat(8_192) }, []]);
  expect(last?.pass).toBeGreaterThan(1);
  expect(await lines(id, "&attempt=2")).toEqual([]);
  await rm(open);

  const { code, output } = await cliOf(id);
  expect([code, output.split("\n").length]).toEqual([0, 7]);
  expect(output).toMatch(/attempt 1, pass 1 {2}info {3}begun \{ order: 7, at: '1970-01-01T00:00:00.000Z' \}/);
  expect(output).toMatch(/attempt 1, pass 1, try 2 {2}warn {3}trying/);
  const json = JSON.parse((await cliOf(id, "--json", "--attempt", "1")).output) as { data: unknown[] };
  expect(json.data).toHaveLength(6);
});

test("of a run that logs without end the first 1,000 lines are kept, and a word that there were more", async () => {
  const id = await holdfast.trigger("chatters", {});
  await holdfast.finished(id);
  const { body } = await holdfast.request("GET", `/api/v1/runs/${id}/logs?limit=1000`);
  const { data, pagination } = body as { data: Line[]; pagination: { next?: number } };
  expect([data.length, data.at(-1)?.message, pagination.next]).toEqual([1_000, "line 1000", 1_000]);
  expect(await lines(id, "&after=1000")).toMatchObject([{ number: 1_001, level: "warn" }]);
});

test("a run that has logged nothing has no lines", async () => {
  const id = await holdfast.trigger("quiet", {});
  await holdfast.finished(id);
  expect(await lines(id)).toEqual([]);
  expect((await cliOf(id)).output).toBe("This run has logged nothing.\n");
  expect((await cliOf("run_none")).output).toContain("HF208");
});
