/** `holdfast schedules`: look at what starts by itself, and stop, start or delete what calls have made. */
import type { Command } from "commander";
import type { ScheduleObject } from "../../sdk/schedule-calls.ts";
import { type Cli, newCommand, newGroup, type ServerOptions, talking } from "../command.ts";
import { sdkOf } from "../connection.ts";
import { timeText } from "../run-lines.ts";

function saySchedules(cli: Cli, schedules: readonly ScheduleObject[]): void {
  const rows = schedules.map(({ id, task, generator, timezone, nextRun, lastRun, active, type }) => [
    id,
    task,
    generator.expression,
    timezone,
    timeText(nextRun),
    timeText(lastRun),
    `${active ? "active" : "not active"}${type === "DECLARATIVE" ? ", in the code" : ""}`,
  ]);
  cli.screen.table(["schedule", "task", "pattern", "zone", "next", "last", "state"], rows);
}

async function list(cli: Cli, options: ServerOptions): Promise<void> {
  const { schedules } = await sdkOf(cli, options);
  const data: ScheduleObject[] = [];
  for await (const schedule of schedules.list()) data.push(schedule);
  if (options.json) return cli.screen.json({ data });
  if (data.length === 0)
    return cli.screen.note("Nothing starts by itself: a task does with `schedules.task()`.");
  saySchedules(cli, data);
}

async function set(
  cli: Cli,
  id: string,
  to: "activate" | "deactivate",
  options: ServerOptions,
): Promise<void> {
  const { schedules } = await sdkOf(cli, options);
  const schedule = await schedules[to](id);
  if (options.json) cli.screen.json(schedule);
  else saySchedules(cli, [schedule]);
}

async function del(cli: Cli, id: string, options: ServerOptions): Promise<void> {
  const { schedules } = await sdkOf(cli, options);
  const deleted = await schedules.del(id);
  if (options.json) cli.screen.json(deleted);
  else cli.screen.say(`The schedule ${id} is deleted. What it has started goes on.`);
}

/** The command. */
export function schedulesCommand(cli: Cli): Command {
  const examples = ["schedules list", "schedules deactivate sched_abc", "schedules delete sched_abc"];
  const on = (name: string, summary: string, example: number): Command =>
    talking(newCommand(name, summary, examples.slice(example, example + 1))).argument(
      "<schedule>",
      "its id: one that a call has made, not one of the code",
    );
  return newGroup(
    "schedules",
    "look at what starts by itself; stop, start or delete what calls have made",
    examples,
  )
    .addCommand(
      talking(newCommand("list", "list schedules with their next times", examples.slice(0, 1))).action(
        (options: ServerOptions) => list(cli, options),
      ),
    )
    .addCommand(
      on("activate", "let it start runs again, at its times from now on", 1).action(
        (id: string, options: ServerOptions) => set(cli, id, "activate", options),
      ),
    )
    .addCommand(
      on("deactivate", "it starts nothing until it is activated", 1).action(
        (id: string, options: ServerOptions) => set(cli, id, "deactivate", options),
      ),
    )
    .addCommand(
      on("delete", "take it away for good", 2).action((id: string, options: ServerOptions) =>
        del(cli, id, options),
      ),
    );
}
