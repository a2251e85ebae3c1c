/**
 * Task files as text, transformed and run in a virtual world.
 */
import { isDeepStrictEqual } from "node:util";
import type { Run } from "../../engine/run.ts";
import { loadDurable } from "../random/load.ts";
import { World, type WorldOptions } from "./world.ts";

let count = 0;

export interface Bench {
  readonly world: World;
  /** The task's id, made unique for this test. */
  readonly id: (task: string) => string;
  /** Starts a task, lets the world go on until its run has ended. */
  readonly run: (task: string, payload?: unknown, limitMs?: number) => Promise<Run>;
  readonly output: (run: Run) => Promise<unknown>;
  /** Loads other code under the same ids. `lib`: with other packages. */
  readonly reload: (source: string, lib?: Record<string, unknown>) => void;
}

/** Makes the tasks of `source` ready; `lib` is what they import from "outside". */
export function bench(source: string, lib: Record<string, unknown> = {}, options: WorldOptions = {}): Bench {
  const suffix = `t${count++}`;
  const world = new World(options);
  const load = (text: string, as: string, from = lib): void => {
    loadDurable(
      `import { AbortTaskRunError, batch, CompleteTaskWithOutput, heartbeats, idempotencyKey, idempotencyKeys, live, locals, logger, metadata, otel, retry, schemaTask, step, streams, tags, task, tasks, timeout, usage, wait, waitUntil } from "holdfast";\nimport { lib } from "outside";\n${text}`,
      as,
      {
        outside: { lib: from },
      },
    );
  };
  load(source, suffix);
  return {
    world,
    id: (task) => `${task}-${suffix}`,
    async run(task, payload, limitMs) {
      const { id } = await world.start(`${task}-${suffix}`, payload);
      return world.finish(id, limitMs);
    },
    output: (run) => world.output(run.id),
    reload: (text, from) => load(text, suffix, from),
  };
}

/** Crashes at each store call of a pass in turn, until a run without a crash; says what was different. */
export async function everyCrash(
  source: string,
  makeLib: (world: () => World) => Record<string, unknown>,
  task: string,
  payload: unknown,
  expected: unknown,
  options: WorldOptions = {},
): Promise<{ runs: number; bad: string[] }> {
  const bad: string[] = [];
  for (let at = 1; ; at++) {
    for (const strike of ["before", "after"] as const) {
      let calls = 0;
      let here: World | undefined;
      const made = bench(
        source,
        makeLib(() => here as World),
        {
          ...options,
          strike: () => (++calls === at ? strike : undefined),
        },
      );
      here = made.world;
      const run = await made.run(task, payload);
      const value =
        run.status === "COMPLETED" ? await made.output(run) : `${run.status} ${run.error?.message}`;
      if (!isDeepStrictEqual(value, expected))
        bad.push(`crash ${strike} call ${at}: ${JSON.stringify(value)}`);
      if (calls < at) return { runs: at, bad };
    }
  }
}
