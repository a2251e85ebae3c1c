/** The tools that only look. */
import * as z from "zod";
import { connect, sdkOf } from "../connection.ts";
import { plannedFor } from "./plan-id.ts";
import { type Tool, tool } from "./tool.ts";

const run = z.string().min(1).describe("id of the run: run_…");
const limit = z.number().int().min(1).max(100).optional().describe("how many, at most 100; 25 by default");
const after = z.string().optional().describe("go on behind this run: what `next` said");
const filters = {
  task: z.array(z.string()).optional().describe("only runs of these tasks"),
  tag: z.array(z.string()).optional().describe("only runs with one of these tags"),
  version: z.array(z.string()).optional().describe("only runs on these versions of the code"),
  queue: z.array(z.string()).optional().describe("only runs in these queues"),
  text: z.string().optional().describe("a part of id, task, tag, idempotency key, or error"),
  period: z.string().optional().describe('only runs created since, such as "1d"'),
  limit,
  after,
};

/** Fields that were given; `task` by the client's name. */
function paramsOf({ task, ...rest }: { readonly task?: readonly string[] | undefined }) {
  const given = Object.entries({ taskIdentifier: task, ...rest }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** What a resume was told about checkpoints. */
export const decisions = {
  run,
  code: z.enum(["newest", "same"]).default("newest").describe("the code that it goes on with"),
  redo: z.array(z.string()).default([]).describe("ids of checkpoints to make again"),
  keep: z
    .array(z.string())
    .default([])
    .describe("ids of checkpoints whose record is kept though their input changed"),
};

/** They are of the server. */
const serverTools: readonly Tool[] = [
  tool({
    name: "list_tasks",
    title: "Tasks",
    description: "The tasks of the newest code, and its version.",
    input: {},
    run: async (_, { cli, options }) => (await connect(cli, options)).tasks(),
  }),
  tool({
    name: "list_runs",
    title: "Runs",
    description: "Runs, newest first, by status, task, tag and time.",
    input: {
      status: z.array(z.string()).optional().describe("FAILED, CRASHED, WAITING, COMPLETED …"),
      ...filters,
    },
    async run(args, { cli, options }) {
      const { data, pagination } = await (await connect(cli, options)).listRuns(paramsOf(args));
      return { data, next: pagination.next };
    },
  }),
  tool({
    name: "show_run",
    title: "A run",
    description: "A run with its payload, output, error, and what it waits for.",
    input: { run },
    run: async (args, { cli, options }) => (await connect(cli, options)).retrieveRun(args.run),
  }),
  tool({
    name: "show_checkpoints",
    title: "The checkpoint tree of a run",
    description:
      "What a run has done, in order: each await with its input, result, error and failed tries, under the function that made it; waits, children, attempts.",
    input: {
      run,
      after: z.number().int().min(0).optional().describe("go on behind this number: what `next` said"),
      limit: z.number().int().min(1).max(1_000).optional().describe("entries; 100 by default"),
    },
    async run({ run: id, after: behind, limit: most = 100 }, { cli, options }) {
      const place = { limit: most, ...(behind === undefined ? {} : { after: behind }) };
      const { data, pagination } = await (await connect(cli, options)).checkpoints(id, place);
      return { data, next: pagination.next };
    },
  }),
  tool({
    name: "show_logs",
    title: "The lines of a run",
    description:
      "What a run has logged. In AWS the lines are found in CloudWatch, and an answer may be empty and not the last: ask on behind `next`.",
    input: {
      run,
      attempt: z.number().int().min(1).optional(),
      after: z
        .union([z.number().int().min(0), z.string()])
        .optional()
        .describe("go on behind this place: what `next` said"),
      limit: z.number().int().min(1).max(1_000).optional().describe("lines; 100 by default"),
    },
    async run({ run: id, limit: most = 100, attempt, after: behind }, { cli, options }) {
      const params = { limit: most, ...(attempt && { attempt }), ...(behind && { after: behind }) };
      const { data, pagination } = await (await connect(cli, options)).logs(id, params);
      return { data, next: pagination.next };
    },
  }),
  tool({
    name: "list_dead_letters",
    title: "Dead letters",
    description:
      "Runs that have used up their attempts, newest first, with their errors and last good checkpoints.",
    input: filters,
    async run(args, { cli, options }) {
      const { data, pagination } = await (await connect(cli, options)).deadLetters(paramsOf(args));
      return { data, next: pagination.next };
    },
  }),
  tool({
    name: "plan_resume",
    title: "What resuming a dead letter would do",
    description:
      "Plays the journal of a dead letter on the code, without a call: which checkpoints are reused, made again, new, in conflict. Nothing is changed. `planId` is what resume_run takes.",
    input: decisions,
    run: async ({ run: id, ...how }, { cli, options }) => plannedFor(await connect(cli, options), id, how),
  }),
];

async function all<T>(pages: AsyncIterable<T>): Promise<{ readonly data: readonly T[] }> {
  const data: T[] = [];
  for await (const each of pages) data.push(each);
  return { data };
}

/** They are of the SDK's own lists. */
const deskTools: readonly Tool[] = [
  tool({
    name: "list_queues",
    title: "Queues",
    description:
      "Queues with what waits and is at work, their limits and rates, and whether they are paused.",
    input: {},
    run: async (_, { cli, options }) => all((await sdkOf(cli, options)).queues.list()),
  }),
  tool({
    name: "list_schedules",
    title: "Schedules",
    description: "What starts by itself: patterns, time zones, next times.",
    input: {},
    run: async (_, { cli, options }) => all((await sdkOf(cli, options)).schedules.list()),
  }),
];

/** All of them. */
export const readTools: readonly Tool[] = [...serverTools, ...deskTools];
