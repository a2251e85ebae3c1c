/**
 * The task file of a scenario, loaded as the dispatcher's bundle is, and the times of a task that starts by itself.
 */
import { forgetQueues } from "../../sdk/queue.ts";
import { loadDurable } from "../random/load.ts";
import type { PlayedClock } from "./clock.ts";
import type { Outside } from "./outside.ts";
import type { Scenario } from "./scenario.ts";

/** Ends the ids of all tasks. */
export const suffix = "calls";
/** A minute, in milliseconds. */
export const minuteMs = 60_000;

let loaded = "";
/** Whose outside world the loaded tasks act upon. */
let current: Outside;

/** Loads a scenario's tasks; they stay loaded for the next play of it. Gives their ids. */
export function load(source: string, outside: Outside): string[] {
  current = outside;
  const ids = [...source.matchAll(/\bid: "([^"]+)"/g)].map(([, id]) => `${id}-${suffix}`);
  if (loaded === source) return ids;
  loaded = source;
  forgetQueues();
  const modules = {
    outside: {
      get lib() {
        return current.lib;
      },
    },
  };
  loadDurable(source, suffix, modules);
  return ids;
}

export function sourceOf({ before = "", child, childTask = "", ticksAt, task = "", run }: Scenario): string {
  const second = `export const child = task({ id: "child", ${childTask} run: async (payload: any, { ctx, signal }) => { ${child} } });`;
  // Which times these are the play says, as a manifest does.
  const [maker, cron] = ticksAt !== undefined ? ["schedules.task", 'cron: "0 0 1 1 *",'] : ["task", ""];
  return `import { AbortTaskRunError, idempotencyKeys, live, queue, schedules, step, task, wait } from "holdfast";
     import { lib } from "outside";
     const of = (value: string) => value.split("#")[0];
     ${before}
     ${child === undefined ? "" : second}
     export const main = ${maker}({ id: "main", ${cron} ${task} run: async (payload: never, { ctx, signal }) => { ${run} } });`;
}

/**
 * Goes on to that second of an odd minute that is far enough from an hour's end; gives two times to come. Two ticks come before
 * the first of them: a new schedule counts from the tick that finds it, and one tick may be lost.
 */
export function timesFrom(clock: PlayedClock, second: number): number[] {
  const hourMs = 60 * minuteMs;
  if (clock.now() % hourMs > 45 * minuteMs) clock.skip(hourMs - (clock.now() % hourMs));
  clock.skip(3 * minuteMs - (clock.now() % (2 * minuteMs)) + second * 1_000);
  const first = clock.now() - (clock.now() % minuteMs) + 3 * minuteMs;
  return [first, first + minuteMs];
}

/** A pattern with these times of one hour, and no others this year. */
export function patternOf(times: readonly number[]): string {
  const dates = times.map((time) => new Date(time));
  const [first = new Date()] = dates;
  const minutes = dates.map((date) => date.getUTCMinutes()).join(",");
  return `${minutes} ${first.getUTCHours()} ${first.getUTCDate()} ${first.getUTCMonth() + 1} *`;
}
