/**
 * The task files of the simulation, in two versions, and what each task's runs must come to.
 *
 * Owns:      the shapes of runs: awaits, waits, branches, libraries, children, batches, queues, retries, hooks.
 */
import type { Queues } from "../../../engine/head-write.ts";
import type { TaskCode } from "../../../engine/task-code.ts";
import { describeQueues, taskQueues } from "../../../sdk/host.ts";
import { findTask } from "../../../sdk/registry.ts";
import { taskCode } from "../../../sdk/task-code.ts";
import { loadDurable } from "../../random/load.ts";
import { lib } from "./outside.ts";

/** What published versions of the code are called: version and hash. */
export const versions = ["1.aaaa", "2.bbbb"] as const;

const retry = "retry: { maxAttempts: 4, minTimeoutInMs: 300, maxTimeoutInMs: 3000, factor: 2 }";

const source = `
import { idempotencyKeys, live, queue, step, task, tasks, wait } from "holdfast";
import { lib } from "outside";
type P = any;

export const quick = task({ id: "quick", run: async ({ name }: P) => lib.effect(name + ":q") });

const made = (name: string, after: string | undefined) => lib.effect(name, { after });
export const row = task({ id: "row", run: async ({ name, count }: P) => {
  let last: string | undefined;
  for (let i = 0; i < count; i++) last = await made(name + ":" + i, last);
  return count;
} });

export const stamped = task({ id: "stamped", run: async ({ name, count }: P) => {
  const stamps: string[] = [];
  for (let i = 0; i < count; i++) {
    stamps.push(...(await Promise.all([lib.stamp(name + ":" + i + "a"), lib.stamp(name + ":" + i + "b")])));
    await lib.seen(name + ":" + i, stamps);
  }
  return stamps.length;
} });

export const long = task({ id: "long", run: async ({ name }: P) => {
  await lib.effect(name + ":a", undefined, 45_000);
  await lib.effect(name + ":b", { after: name + ":a" }, 20_000);
  return lib.effect(name + ":c", { after: name + ":b" });
} });

export const naps = task({ id: "naps", run: async ({ name, seconds }: P) => {
  await lib.effect(name + ":before");
  await wait.for({ seconds });
  await lib.effect(name + ":between");
  await Promise.all([wait.for({ seconds: 0.3 }), wait.for({ seconds: seconds / 2 }), lib.effect(name + ":beside")]);
  return lib.effect(name + ":after");
} });

export const branches = task({ id: "branches", run: async ({ name }: P) => {
  const order: string[] = [];
  const branch = async (x: string) => {
    for (const part of ["a", "b"]) {
      await lib.effect(name + ":" + x + part);
      order.push(x + part);
      await lib.effect(name + ":" + x + part + "2", { after: name + ":" + x + part, order: order.join() });
    }
  };
  const winner = await Promise.race([lib.effect(name + ":left"), lib.effect(name + ":right")]);
  await Promise.all(["x", "y", "z"].map(branch));
  await lib.effect(name + ":last", [winner, ...order].join());
  return order.length;
} });

export const chance = task({ id: "chance", run: async ({ name }: P) => {
  const drawn = [Math.random(), crypto.randomUUID(), Date.now()];
  await lib.effect(name + ":a", drawn);
  const later = [Math.random(), Date.now(), new Date().getTime() - (drawn[2] as number)];
  await lib.effect(name + ":b", later);
  return lib.effect(name + ":c", Date.now());
} });

export const memory = task({ id: "memory", run: async ({ name }: P) => {
  const rows: string[] = [];
  await lib.fill(rows, name + ":fill");
  const box = { rows };
  const same = await lib.same(box);
  await lib.effect(name + ":seen", [rows.length, same === box]);
  return [rows.length, same === box];
} });

export const pooled = task({ id: "pooled", run: async ({ name }: P) => {
  const found = await lib.pool([1, 2, 3, 4], async (x: number) => {
    await lib.effect(name + ":" + x);
    return lib.effect(name + ":" + x + "b", x);
  });
  await lib.effect(name + ":last", found.length);
  return found.length;
} });

export const handle = task({ id: "handle", run: async ({ name }: P) => {
  const it = await live(() => lib.connect());
  await it.query(name + ":1");
  await wait.for({ seconds: 2 });
  await it.query(name + ":2");
  await it.close();
  return step(name, () => lib.effect(name + ":3"));
} });

export const flaky = task({ id: "flaky", ${retry}, run: async ({ name }: P) => {
  const [a] = await Promise.all([lib.flaky(name + ":flaky", 2), lib.effect(name + ":beside")]);
  return a;
} });

export const attempts = task({ id: "attempts", ${retry}, run: async ({ name }: P, { ctx }: P) => {
  await lib.effect(name + ":first");
  try {
    if (ctx.attempt.number < 3) throw new Error("not yet");
  } finally {
    await lib.effect(name + ":tidied" + ctx.attempt.number);
  }
  return ctx.attempt.number;
} });

export const polling = task({ id: "polling", ${retry}, run: async ({ name }: P) => {
  await lib.effect(name + ":before");
  const found = await lib.poll(name + ":poll", 3);
  if (found.status !== "done") throw new Error("still " + found.status);
  return lib.effect(name + ":after");
} });

export const parent = task({ id: "parent", run: async ({ name }: P) => {
  await lib.effect(name + ":before");
  const ends = await Promise.all([1, 2].map((x) => quick.triggerAndWait({ name: name + ":" + x }).unwrap()));
  await wait.for({ seconds: 1.5 });
  const third = await quick.triggerAndWait({ name: name + ":3" }).unwrap();
  return [...ends, third].length;
} });

export const batch = task({ id: "batch", run: async ({ name }: P) => {
  const { runs } = await quick.batchTriggerAndWait([1, 2, 3].map((x) => ({ payload: { name: name + ":" + x } })));
  await naps.trigger({ name: name + ":n", seconds: 3 });
  return runs.filter((run: P) => run.ok).length;
} });

export const sharing = task({ id: "sharing", run: async ({ name, shared }: P) => {
  const idempotencyKey = await idempotencyKeys.create(shared, { scope: "global" });
  const end = await naps.triggerAndWait({ name: shared, seconds: 2 }, { idempotencyKey });
  await lib.effect(name + ":after");
  return end.ok;
} });

export const one = task({ id: "one", queue: { name: "one", concurrencyLimit: 1 }, run: async ({ name }: P) => {
  await lib.inside("one", 1, name + ":a");
  await wait.for({ seconds: 1.2 });
  return lib.inside("one", 1, name + ":b");
} });

export const two = task({ id: "two", queue: { name: "two", concurrencyLimit: 2 }, run: async ({ name }: P) => lib.inside("two", 2, name + ":a") });

export const both = task({ id: "both", concurrency: [{ perKey: 1 }, "two"], run: async ({ name }: P) => {
  await lib.inside("both", 1, name + ":a");
  await wait.for({ seconds: 1.2 });
  return lib.inside("both", 1, name + ":b");
} });

export const canceled = task({ id: "canceled", onCancel: async ({ payload }: P) => void (await lib.effect(payload.name + ":hook")), run: async ({ name }: P) => {
  await lib.effect(name + ":entered");
  try {
    for (let i = 0; i < 3; i++) {
      await lib.effect(name + ":" + i);
      await wait.for({ seconds: 1.5 });
    }
    await canceledChild.triggerAndWait({ name: name + ":child" });
  } finally {
    await lib.effect(name + ":tidied");
  }
} });
export const canceledChild = task({ id: "canceledChild", run: async ({ name }: P) => {
  await lib.effect(name + ":entered");
  await wait.for({ days: 9 });
} });

export const timed = task({ id: "timed", maxDuration: 5, onFailure: async ({ payload }: P) => void (await lib.effect(payload.name + ":hook")), run: async ({ name }: P) => {
  await lib.effect(name + ":before");
  try { await lib.hang(name + ":hang"); } finally { await lib.effect(name + ":tidied"); }
} });

export const doomed = task({ id: "doomed", run: async ({ name }: P) => {
  await lib.effect(name + ":before");
  await lib.broken(name + ":broken");
  return lib.effect(name + ":after");
} });

export const hooked = task({ id: "hooked",
  onStart: async ({ payload }: P) => void (await lib.effect(payload.name + ":start")),
  onSuccess: async ({ payload }: P) => void (await lib.effect(payload.name + ":success")),
  onComplete: async ({ payload }: P) => void (await lib.effect(payload.name + ":complete")),
  run: async ({ name }: P) => lib.effect(name + ":run") });

export const clocked = task({ id: "clocked", run: async ({ timestamp }: P) => {
  await lib.effect("clocked " + timestamp.toISOString());
} });
`;

/** The code of one version. */
export interface Code {
  readonly find: (id: string) => TaskCode | undefined;
  readonly queues: Queues;
}

const ids = [...source.matchAll(/\bid: "([^"]+)"/g)].map(([, id]) => `${id}`);
const suffix = "sim";
/** The id of a task, as runs know it. */
export const idOf = (task: string): string => `${task}-${suffix}`;

function loadCode(text: string): Code {
  loadDurable(text, suffix, { outside: { lib } });
  const codes = new Map<string, TaskCode>();
  for (const id of ids) {
    const task = findTask(idOf(id));
    if (task !== undefined) codes.set(task.id, taskCode(task));
  }
  return { find: (id) => codes.get(id), queues: { ...taskQueues } };
}

let loaded: ReadonlyMap<string, Code> | undefined;

/** Both versions; the second has another task. */
export function codes(): ReadonlyMap<string, Code> {
  const more = `${source}\nexport const added = task({ id: "added", run: async () => 1 });`;
  loaded ??= new Map([
    [versions[0], loadCode(source)],
    [versions[1], loadCode(more)],
  ]);
  return loaded;
}

/** The queues that have a limit. */
export const limits = (): readonly { name: string; concurrencyLimit?: number | undefined }[] => {
  codes();
  return describeQueues().filter(({ name }) => ["one", "two", `task/${idOf("both")}`].includes(name));
};
