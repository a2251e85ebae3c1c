/** `machine` on one machine: real processes with the memory that a run asks for, and what becomes of one that wants more. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project } from "../cli/project.ts";
import type { Holdfast } from "../world/holdfast.ts";

const tasks = `
import { appendFile, readFile } from "node:fs/promises";
import { getHeapStatistics } from "node:v8";
import { OutOfMemoryError, task, wait } from "holdfast";

const here = (ctx) => ({
  pid: process.pid,
  megabytes: Math.round(getHeapStatistics().heap_size_limit / 1_048_576),
  machine: ctx.machine ?? null,
  attempt: ctx.attempt.number,
});
const look = async (_, { ctx }) => here(ctx);
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

/** Takes so many megabytes of heap. */
const fill = (megabytes) => {
  const taken = [];
  for (let i = 0; i < megabytes; i++) taken.push(new Array(131_072).fill(i + 0.5));
  return taken.length;
};

export const usual = task({ id: "usual", run: look });
export const said = task({ id: "said", machine: "small-1x", run: look });
export const micro = task({ id: "micro", machine: { preset: "micro" }, run: look });
export const medium = task({ id: "medium", machine: "medium-1x", run: look });
/** Ends once two runs have begun, so that neither takes the process of one that has ended. */
const meet = async (file) => {
  await appendFile(file, "+");
  while ((await readFile(file, "utf8")).length < 2) await rest(20);
};
export const meeting = task({ id: "meeting", machine: "small-2x", run: async ({ file }, { ctx }) => {
  await meet(file);
  return here(ctx);
} });
export const parent = task({ id: "parent", run: async (_, { ctx }) => {
  const child = await micro.triggerAndWait(undefined, { machine: "small-2x" }).unwrap();
  return { own: here(ctx), child };
} });
const eat = async ({ file, megabytes }, { ctx }) => {
  await appendFile(file, "begun ");
  await wait.for({ seconds: 1 });
  fill(megabytes);
  return here(ctx);
};
export const hungry = task({ id: "hungry", machine: "micro", retry: { outOfMemory: { machine: "small-2x" } }, run: eat });
export const greedy = task({ id: "greedy", machine: "micro", run: eat });
const complain = async ({ file }, { ctx }) => {
  await appendFile(file, "asked ");
  if (ctx.machine.name === "micro") await Promise.reject(new OutOfMemoryError());
  return here(ctx);
};
export const complains = task({ id: "complains", machine: "micro", retry: { outOfMemory: { machine: "small-2x" } }, run: complain });
export const givesUp = task({ id: "gives-up", machine: "micro", run: complain });
`;

describe("a run's machine", () => {
  let project: Project;
  let holdfast: Holdfast;
  beforeAll(async () => {
    project = await makeProject({ "tasks/machines.js": tasks });
    holdfast = await project.start();
  });
  afterAll(() => project?.end());

  interface Here {
    readonly pid: number;
    readonly megabytes: number;
    readonly machine: { readonly name: string; readonly memory: number } | null;
    readonly attempt: number;
  }
  const finished = async (task: string, payload?: unknown, options = {}) =>
    holdfast.finished(await holdfast.trigger(task, payload, options), 60_000);
  const ran = async (task: string, options = {}) => (await finished(task, undefined, options)).output as Here;

  test("is a process of so much memory; without one it is a runner as it is configured", async () => {
    const runners = await holdfast.runners();
    const [usual, said] = [await ran("usual"), await ran("said")];
    expect(runners).toEqual(expect.arrayContaining([usual.pid, said.pid]));
    expect([usual.machine, said.machine?.name]).toEqual([null, "small-1x"]);
    const micro = await ran("micro");
    expect(micro.machine).toEqual({ name: "micro", cpu: 0.25, memory: 0.25, centsPerMs: 0 });
    expect(micro.megabytes).toBeGreaterThanOrEqual(256);
    expect(micro.megabytes).toBeLessThan(512);
    expect((await ran("medium")).megabytes).toBeGreaterThanOrEqual(2_048);
    expect(runners).not.toContain(micro.pid);
  });
  test("is what its trigger asks for before what its task does, from outside and from a run", async () => {
    expect((await ran("micro", { machine: "small-2x" })).machine?.name).toBe("small-2x");
    expect(await holdfast.runners()).toContain((await ran("micro", { machine: "small-1x" })).pid);
    const { own, child } = (await finished("parent")).output as { own: Here; child: Here };
    expect([own.machine, child.machine?.name]).toEqual([null, "small-2x"]);
    expect(child.megabytes).toBeGreaterThanOrEqual(1_024);
  });
  test("is a process for one run at a time, and gone when there is no other", async () => {
    const meeting = () => finished("meeting", { file: `${project.path}/meeting` });
    const both = await Promise.all([meeting(), meeting()]);
    const pids = new Set(both.map(({ output }) => (output as Here).pid));
    expect(pids.size).toBe(2);
    // A busy machine may have got another runner meanwhile, which stays.
    const left = async () => (await holdfast.runners()).filter((pid) => pids.has(pid));
    await expect.poll(left).toEqual([]);
  });
  test("is left for the larger one that retry.outOfMemory names, behind the last checkpoint", async () => {
    const file = `${project.path}/hungry`;
    const { status, output } = await finished("hungry", { file, megabytes: 400 });
    expect([status, (output as Here).machine?.name, (output as Here).attempt]).toEqual([
      "COMPLETED",
      "small-2x",
      1,
    ]);
    expect(await project.read("hungry")).toBe("begun ");
  });
  test("that is used up, with no larger one to go to, ends the run as CRASHED, and says so", async () => {
    const { status, error } = await finished("greedy", { file: `${project.path}/greedy`, megabytes: 400 });
    expect(status).toBe("CRASHED");
    expect(error?.message).toMatch(
      /^HF307 .* 3 times .*: it used up the memory of micro \(256 MB\)\. Give the task a larger/,
    );
    expect((await ran("usual")).machine).toBeNull();
  });
  test("is left, too, when the run says that it is out of memory; without a larger one that is no reason to try again", async () => {
    const moved = await finished("complains", { file: `${project.path}/complains` });
    expect([moved.status, (moved.output as Here).machine?.name, (moved.output as Here).attempt]).toEqual([
      "COMPLETED",
      "small-2x",
      2,
    ]);
    const failed = await finished("gives-up", { file: `${project.path}/gives-up` });
    expect([failed.status, failed.error?.name]).toEqual(["FAILED", "OutOfMemoryError"]);
    expect(await project.read("gives-up")).toBe("asked ");
  });
  test("is refused where there is none of that name", async () => {
    const { status, body } = await holdfast.request("POST", "/api/v1/tasks/usual/trigger", {
      options: { machine: "huge" },
    });
    expect([status, JSON.stringify(body)]).toEqual([
      422,
      expect.stringContaining("options.machine: Must be one of micro, small-1x"),
    ]);
  });
});

test("a task that asks for a machine that there is not is told before anything runs", async () => {
  const project = await makeProject({
    "tasks/a.ts": `import { task } from "holdfast"; export const a = task({ id: "a", machine: "huge" as "micro", run: async () => 1 });`,
  });
  await expect(project.start()).rejects.toThrow(/HF408.*There is no machine "huge"/s);
  await project.end();
});
