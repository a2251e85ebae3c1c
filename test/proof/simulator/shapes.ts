/**
 * The runs that a schedule starts: what each is given, and what it must have come to in the end.
 */
import type { Random } from "./random.ts";

/** A run of a schedule. */
export interface Item {
  /** The task. */
  readonly task: string;
  readonly payload: { readonly name: string } & Readonly<Record<string, unknown>>;
  /** When it is started, and when somebody cancels it: milliseconds after the beginning. */
  readonly at: number;
  readonly cancelAt?: number;
  /** It is not to begin before so long after its start. */
  readonly delayMs?: number;
  /** Somebody else starts it as well, with the same idempotency key. */
  readonly isTwice?: boolean;
}

/** What must have come of a run. */
interface Wanted {
  readonly output?: unknown;
  /** COMPLETED if it is not given. */
  readonly status?: readonly string[];
  /** Effects that must have been made: each under this many idempotency keys. */
  readonly effects: Readonly<Record<string, number>>;
  /** The same, where the run has ended within three minutes: what is left of it is cut off then, whoever came so late. */
  readonly effectsInTime?: Readonly<Record<string, number>>;
  /** Effects that may have been made beside them. */
  readonly perhaps?: readonly string[];
}

const of = (name: string, ...parts: readonly string[]): Record<string, number> =>
  Object.fromEntries(parts.map((part) => [`${name}:${part}`, 1]));

type Shape = (payload: Item["payload"]) => Wanted;

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));
const napping = (name: string) => of(name, "before", "between", "beside", "after");

/** By task. */
const shapes: Readonly<Record<string, Shape>> = {
  quick: ({ name }) => ({ output: `${name}:q`, effects: of(name, "q") }),
  row: ({ name, count }) => ({ output: count, effects: of(name, ...numbers(count as number)) }),
  stamped: ({ name, count }) => {
    const each = numbers(count as number).flatMap((at) => [`${at}a`, `${at}b`, at]);
    return { output: 2 * (count as number), effects: of(name, ...each) };
  },
  long: ({ name }) => ({ output: `${name}:c`, effects: of(name, "a", "b", "c") }),
  naps: ({ name }) => ({ output: `${name}:after`, effects: napping(name) }),
  branches: ({ name }) => {
    const each = ["x", "y", "z"].flatMap((branch) => ["a", "a2", "b", "b2"].map((part) => branch + part));
    return { output: 6, effects: of(name, "left", "right", ...each, "last") };
  },
  chance: ({ name }) => ({ output: `${name}:c`, effects: of(name, "a", "b", "c") }),
  memory: ({ name }) => ({ output: [2, true], effects: of(name, "fill", "seen") }),
  pooled: ({ name }) => {
    return { output: 4, effects: of(name, ...["1", "2", "3", "4"].flatMap((x) => [x, `${x}b`]), "last") };
  },
  handle: ({ name }) => ({ output: `${name}:3`, effects: of(name, "1", "2", "3") }),
  flaky: ({ name }) => ({ output: `${name}:flaky`, effects: of(name, "flaky", "beside") }),
  attempts: ({ name }) => ({ output: 3, effects: of(name, "first", "tidied3") }),
  polling: ({ name }) => {
    return { output: `${name}:after`, effects: { ...of(name, "before", "after"), [`${name}:poll`]: 3 } };
  },
  parent: ({ name }) => ({ output: 3, effects: of(name, "before", "1:q", "2:q", "3:q") }),
  batch: ({ name }) => {
    return { output: 3, effects: { ...of(name, "1:q", "2:q", "3:q"), ...napping(`${name}:n`) } };
  },
  sharing: ({ name, shared }) => {
    return { output: true, effects: { ...of(name, "after"), ...napping(shared as string) } };
  },
  one: ({ name }) => ({ output: `${name}:b`, effects: of(name, "a", "b") }),
  both: ({ name }) => ({ output: `${name}:b`, effects: of(name, "a", "b") }),
  two: ({ name }) => ({ output: `${name}:a`, effects: of(name, "a") }),
  canceled: ({ name }) => {
    const perhaps = ["entered", "0", "1", "2", "child:entered", "tidied", "hook"];
    return { status: ["CANCELED"], effects: {}, perhaps: Object.keys(of(name, ...perhaps)) };
  },
  timed: ({ name }) => ({
    status: ["TIMED_OUT"],
    effects: of(name, "before", "hook"),
    effectsInTime: of(name, "tidied"),
    perhaps: [`${name}:hang`],
  }),
  doomed: ({ name }) => {
    const perhaps = [`${name}:broken`];
    return { output: `${name}:after`, effects: of(name, "before", "after"), perhaps };
  },
  hooked: ({ name }) => ({ output: `${name}:run`, effects: of(name, "start", "run", "success", "complete") }),
};

/** What must come of a run with this task and payload. */
export function wanted({ task, payload }: Pick<Item, "task" | "payload">): Wanted {
  const shape = shapes[task];
  if (shape === undefined) throw new Error(`no shape ${task}`);
  return shape(payload);
}

/** All of them. */
export const tasks = Object.keys(shapes);

function item(random: Random, task: string, name: string): Item {
  const at = random.below(3_000);
  const more = { count: 2 + random.below(4), seconds: 1 + random.below(6), shared: `${task}-shared` };
  return {
    task,
    payload: { name, ...more },
    at,
    ...(task === "canceled" ? { cancelAt: at + random.below(9_000) } : {}),
    ...(random.chance(0.1) ? { delayMs: 500 + random.below(4_000) } : {}),
    ...(random.chance(0.2) ? { isTwice: true } : {}),
  };
}

/** Draws the runs of a schedule. Queues and shared children say nothing with one run alone. */
export function drawItems(random: Random, only?: string): Item[] {
  const first = only ?? random.pick(tasks);
  const company = ["one", "two", "both", "sharing"].includes(first) ? 2 + random.below(2) : 0;
  const names = [first, ...Array.from({ length: company }, () => first)];
  // The limit that it shares has to be taken by somebody.
  if (first === "both") names.push("two", "two", "two");
  const others = 1 + random.below(3);
  for (let count = 0; only === undefined && count < others; count++) names.push(random.pick(tasks));
  return names.map((task, at) => item(random, task, `r${at}`));
}
