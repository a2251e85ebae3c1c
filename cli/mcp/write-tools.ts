/** The tools that change something: there with `--write` alone. */
import * as z from "zod";
import { connect } from "../connection.ts";
import { crashtestTool } from "./code-tools.ts";
import { resumeBy } from "./plan-id.ts";
import { decisions } from "./read-tools.ts";
import { type Tool, tool } from "./tool.ts";

const run = z.string().min(1).describe("id of the run: run_…");

/** All of them. */
export const writeTools: readonly Tool[] = [
  tool({
    name: "trigger_task",
    title: "Start a run",
    description:
      "Starts a run of a task. The same idempotency key gives the same run, however often it is called.",
    writes: true,
    input: {
      task: z.string().min(1),
      payload: z.unknown().optional().describe("any JSON"),
      idempotencyKey: z.string().optional(),
      tags: z.array(z.string()).optional(),
    },
    async run({ task, payload, ...rest }, { cli, options }) {
      const given = Object.entries(rest).filter(([, value]) => value !== undefined);
      return (await connect(cli, options)).trigger(task, payload, Object.fromEntries(given));
    },
  }),
  tool({
    name: "cancel_run",
    title: "Cancel a run",
    description:
      "Asks a run to cancel, and the runs that it has started. A canceled run does not go on again.",
    writes: true,
    destroys: true,
    input: { run },
    run: async (args, { cli, options }) => (await connect(cli, options)).cancelRun(args.run),
  }),
  tool({
    name: "replay_run",
    title: "Run it again from the top",
    description:
      "Starts a new run with the payload of another one, on the newest code: all its effects are made again.",
    writes: true,
    input: { run },
    run: async (args, { cli, options }) => (await connect(cli, options)).replayRun(args.run),
  }),
  tool({
    name: "resume_run",
    title: "Put a dead letter back to work",
    description:
      "Resumes a dead letter by the plan that plan_resume has shown. Refused where the plan is another one by now, or has conflicts.",
    writes: true,
    input: {
      ...decisions,
      planId: z.string().describe("of plan_resume, called with the same run, code, redo and keep"),
    },
    run: async ({ run: id, planId, ...how }, { cli, options }) =>
      resumeBy(await connect(cli, options), id, how, planId),
  }),
  crashtestTool,
];
