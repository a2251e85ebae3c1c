/**
 * One play of a scenario: its tasks loaded, its run started as callers do, everything carried to its end, and judged.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { decode } from "../../engine/codec.ts";
import type { Fault } from "../aws/faults.ts";
import { loadDurable } from "../random/load.ts";
import { secretKey, webhookSecret } from "../world/holdfast.ts";
import type { PlayedClock } from "./clock.ts";
import { type Effect, judge, Outside } from "./outside.ts";
import type { Stage } from "./stage.ts";
import { CallsWorld, type WorldOptions } from "./world.ts";

/** What a task does, what is done to its run, and what must come of it. */
export interface Scenario {
  readonly title: string;
  /** The body of the task's `run`. */
  readonly run: string;
  /** That of a second task, `child`. */
  readonly child?: string;
  /** Further members of the task. */
  readonly task?: string;
  readonly payload?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly isWebhook?: boolean;
  /** Its caller gives an idempotency key. */
  readonly hasKey?: boolean;
  /** SQS loses every ring but the timer's. */
  readonly losesRings?: boolean;
  readonly world?: WorldOptions;
  /** Starts the run and does more to it; by default it is started. */
  readonly script?: (world: CallsWorld, play: Play) => Promise<void>;
  /** How the run ends; COMPLETED if it is not given. */
  readonly status?: string;
  readonly output?: unknown;
  /** Letters that lie in the queue of dead letters in the end, at least. */
  readonly letters?: number;
}

/** What a script works with. */
export interface Play {
  readonly scenario: Scenario;
  readonly outside: Outside;
  /** Names the run's request, so that one that is sent again finds what it has made. */
  readonly name: string;
  request(method: string, path: string, body?: unknown): Parameters<CallsWorld["ask"]>[0];
}

const suffix = "calls";

/** Starts the scenario's run; gives its id. */
export async function start(world: CallsWorld, play: Play): Promise<string> {
  const { id } = (await world.ask(triggerOf(world, play))).body;
  world.know(id);
  return id;
}

function triggerOf(world: CallsWorld, { scenario, name, request }: Play): Parameters<CallsWorld["ask"]>[0] {
  const { payload, isWebhook, hasKey } = scenario;
  if (isWebhook !== true) {
    const options = { ...scenario.options, ...(hasKey ? { idempotencyKey: name } : {}) };
    const asked = request("POST", `/api/v1/tasks/main-${suffix}/trigger`, { payload, options });
    const own = hasKey ? {} : { "x-trigger-request-idempotency-key": name };
    return { ...asked, headers: { ...asked.headers, ...own } };
  }
  const at = new Date(world.clock.now());
  const body = JSON.stringify(payload);
  const headers = {
    "content-type": "application/json",
    "webhook-id": name,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(webhookSecret).sign(name, at, body),
  };
  return { method: "POST", rawPath: `/hooks/main-${suffix}`, headers, body };
}

/** What came of a play. */
export interface Played {
  readonly calls: number;
  readonly effects: readonly Effect[];
  readonly tookMs: number;
  readonly bad: readonly string[];
  readonly log: readonly string[];
}

/** What a play is compared with, and what happens to it. */
export interface PlayOptions {
  readonly stage: Stage;
  readonly clock: PlayedClock;
  readonly random: () => number;
  readonly tries?: WorldOptions["tries"];
  readonly strike?: Fault;
  readonly freezesFor?: WorldOptions["freezesFor"];
  readonly clean?: readonly Effect[];
  /** Makings that an interruption may add. */
  readonly repeats?: number;
}

let loaded: Scenario | undefined;
/** Whose outside world the loaded tasks act upon. */
let current: Outside;

/** Loads a scenario's tasks; they stay loaded for the next play of it. */
function load(scenario: Scenario, outside: Outside): void {
  current = outside;
  if (loaded === scenario) return;
  loaded = scenario;
  const child = `export const child = task({ id: "child", run: async (payload: unknown) => { ${scenario.child} } });`;
  const modules = {
    outside: {
      get lib() {
        return current.lib;
      },
    },
  };
  loadDurable(
    `import { AbortTaskRunError, live, step, task, wait } from "holdfast";
     import { lib } from "outside";
     const of = (value: string) => value.split("#")[0];
     ${scenario.child === undefined ? "" : child}
     export const main = task({ id: "main", ${scenario.task ?? ""} run: async (payload: never, { ctx, signal }) => { ${scenario.run} } });`,
    suffix,
    modules,
  );
}

/** SQS says that it has the ring, and loses it. */
const losing: Fault = ({ name, caller }) =>
  name.startsWith("SendMessage") && caller !== "Timer" ? { kind: "lose" } : undefined;

let plays = 0;

/** Plays a scenario to its end. */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const { stage, clock, random, tries = "as deployed", strike, freezesFor } = options;
  const outside = new Outside(clock);
  load(scenario, outside);
  const tasks = [`main-${suffix}`, `child-${suffix}`];
  const world = new CallsWorld(stage, clock, random, tasks, {
    ...scenario.world,
    tries,
    ...(freezesFor === undefined ? {} : { freezesFor }),
  });
  outside.kill = () => {
    for (const process of world.dispatchers) process.kill();
  };
  let calls = 0;
  const counted: Fault = (call) => {
    if (call.caller === "Observer") return undefined;
    calls++;
    return strike?.(call) ?? (scenario.losesRings ? losing(call) : undefined);
  };
  const remove = stage.proxy.faults.add(counted);
  const from = clock.now();
  const lettersBefore = stage.letters().length;
  const name = `request-${createHash("sha256").update(`${random()} ${++plays}`).digest("hex").slice(0, 12)}`;
  const request: Play["request"] = (method, rawPath, body) => ({
    method,
    rawPath,
    headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const made: Play = { scenario, outside, name, request };
  try {
    const script = scenario.script ?? (async () => void (await start(world, made)));
    const all = script(world, made).then(() => world.allEnded());
    const bad = await world.drive(all).then(
      () => [] as string[],
      (error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    );
    if (bad.length === 0) bad.push(...(await verdict(world, made, options)));
    const letters = stage.letters().length - lettersBefore;
    if (bad.length === 0 && letters < (scenario.letters ?? 0)) bad.push(`${letters} letters were sent`);
    return { calls, effects: outside.effects, tookMs: clock.now() - from, bad, log: world.log };
  } finally {
    remove();
    world.close();
  }
}

async function verdict(
  world: CallsWorld,
  { scenario, outside }: Play,
  options: PlayOptions,
): Promise<string[]> {
  const bad: string[] = [];
  const [first = ""] = world.runIds;
  const run = (await Promise.all(world.runIds.map((id) => world.head(id)))).find((each) =>
    each?.task.startsWith("main"),
  );
  const { status = "COMPLETED", output } = scenario;
  if (run?.status !== status)
    bad.push(`${run?.id ?? first} is ${run?.status}, not ${status}: ${run?.error?.message}`);
  const stored = run?.output;
  const found = stored !== undefined && "inline" in stored ? decode(stored.inline) : undefined;
  if (status === "COMPLETED" && !isDeepStrictEqual(found, output))
    bad.push(`the output is ${JSON.stringify(found)}`);
  const journals = (await Promise.all(world.runIds.map((id) => world.journal(id)))).flat();
  return [
    ...bad,
    ...judge(outside.effects, options.clean ?? outside.effects, journals, options.repeats ?? 0),
  ];
}
