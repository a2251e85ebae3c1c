/**
 * One play of a scenario: its tasks loaded, its run started as callers do, everything carried to its end, and judged.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { decode } from "../../engine/codec.ts";
import { isFinished, type Run, type Stored } from "../../engine/run.ts";
import { runPartition } from "../../functions/aws/keys.ts";
import { describeQueues } from "../../sdk/host.ts";
import type { Fault } from "../aws/faults.ts";
import { secretKey, webhookSecret } from "../world/holdfast.ts";
import type { PlayedClock } from "./clock.ts";
import { type Effect, judge, Outside } from "./outside.ts";
import type { Play, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { load, minuteMs, patternOf, sourceOf, suffix, timesFrom } from "./task-file.ts";
import { CallsWorld, type WorldOptions } from "./world.ts";
import "./loaded-ahead.ts";

/** What differs between the runs of one play. */
export interface Another {
  /** Names it. */
  readonly as: string | number;
  readonly payload?: unknown;
  readonly options?: Scenario["options"];
}

/** Starts the scenario's run, or another one of it; gives its id. */
export async function start(world: CallsWorld, play: Play, another?: Another): Promise<string> {
  const { scenario, name } = play;
  const { as, ...more } = another ?? { as: "" };
  const asked = triggerOf(world, { ...play, scenario: { ...scenario, ...more }, name: `${name}${as}` });
  return (await world.ask(asked)).body.id;
}

/** Somebody's cancel. */
export const cancel = async (world: CallsWorld, { request }: Play, id: string): Promise<void> =>
  void (await world.ask(request("POST", `/api/v2/runs/${id}/cancel`)));

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
  /** Their names, in order. */
  readonly calls: readonly string[];
  readonly effects: readonly Effect[];
  readonly ends: readonly string[];
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
  readonly patienceMs?: WorldOptions["patienceMs"];
  readonly clean?: Pick<Played, "effects" | "ends">;
  /** Makings that an interruption may add. */
  readonly repeats?: number;
}

/** SQS says that it has the ring, and loses it. */
const losing: Fault = ({ name, caller }) =>
  name.startsWith("SendMessage") && caller !== "Timer" ? { kind: "lose" } : undefined;

let plays = 0;

/** Plays a scenario to its end. */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const { stage, clock, random, tries = "as deployed", strike, freezesFor, patienceMs } = options;
  const outside = new Outside(clock);
  const ids = load(sourceOf(scenario), outside);
  await stage.sweep(["schedules", ...describeQueues().map(({ name }) => `queue#${name}`)]);
  const { ticksAt } = scenario;
  const times = ticksAt === undefined ? [] : timesFrom(clock, ticksAt);
  const version: Play["version"] = (version, times = []) => {
    const schedule = times.length === 0 ? {} : { schedule: { cron: patternOf(times), timezone: "UTC" } };
    const hooked = sourceOf(scenario).includes("onFailure") ? { hasEndHooks: true as const } : {};
    const tasks = ids.map((id) => ({ id, ...hooked, ...(id.startsWith("main") ? schedule : {}) }));
    return { version, tasks };
  };
  const world = new CallsWorld(stage, clock, random, version("1", times), {
    ...scenario.world,
    tries,
    ...(freezesFor === undefined ? {} : { freezesFor }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  outside.kill = () => {
    for (const process of world.dispatchers) process.kill();
  };
  const calls: string[] = [];
  const counted: Fault = (call) => {
    if (call.caller === "Observer") return undefined;
    calls.push(`${call.caller} ${call.name}`);
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
  const made: Play = { scenario, outside, name, times, version, request };
  try {
    const script = scenario.script ?? (ticksAt === undefined ? startOnce : bothTimes);
    const all = script(world, made).then(() => world.allEnded());
    const bad = await world.drive(all).then(
      () => [] as string[],
      (error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    );
    const ends = await endsOf(world, made);
    if (bad.length === 0) bad.push(...(await verdict(world, made, options, ends)));
    // What did not come to its end is not to meddle with the next play.
    if (bad.length > 0) await stage.sweep(world.runIds.map(runPartition));
    const letters = stage.letters().length - lettersBefore;
    if (bad.length === 0 && letters < (scenario.letters ?? 0)) bad.push(`${letters} letters were sent`);
    return { calls, effects: outside.effects, ends, tookMs: clock.now() - from, bad, log: world.log };
  } finally {
    remove();
    world.close();
  }
}

const startOnce = async (world: CallsWorld, play: Play): Promise<void> => void (await start(world, play));

/** Until the runs of both times have ended. */
const bothTimes = (world: CallsWorld): Promise<void> =>
  world.until(async () => {
    const runs = await world.heads();
    return runs.filter(({ status }) => isFinished(status)).length === 2;
  });

/** How each run has ended. */
async function endsOf(world: CallsWorld, { times, scenario }: Play): Promise<string[]> {
  const [first = 0] = times;
  const runs = await world.heads();
  const ends = runs.map(({ task, source, payload, status, output }) => {
    const { timestamp } = (source === "schedule" ? valueIn(payload) : {}) as { timestamp?: Date };
    const at = timestamp === undefined ? "" : ` at minute ${(timestamp.getTime() - first) / minuteMs}`;
    const value = output === undefined ? "" : ` ${JSON.stringify(valueIn(output)) ?? ""}`;
    return `${task.replace(`-${suffix}`, "")}${at} ${status}${value}`;
  });
  return ends.filter((end) => end !== scenario.mayEnd).sort();
}

const valueIn = (stored: Stored): unknown => ("inline" in stored ? decode(stored.inline) : undefined);

async function verdict(
  world: CallsWorld,
  { scenario, outside }: Play,
  { clean, repeats = 0 }: PlayOptions,
  ends: readonly string[],
): Promise<string[]> {
  const wanted = scenario.ends ?? clean?.ends ?? ends;
  const bad = isDeepStrictEqual(ends, wanted) ? [] : [`the runs end so: ${ends.join(", ")}`];
  for (const [place, limit] of Object.entries(scenario.limits ?? {})) {
    const most = outside.most.get(place) ?? 0;
    if (most > limit) bad.push(`${most} were at ${place} at once, not ${limit}`);
  }
  const runs = await world.heads();
  if (scenario.ends === undefined) bad.push(...verdictOn(scenario, runs));
  const journals = (await Promise.all(runs.map(({ id }) => world.journal(id)))).flat();
  return [...bad, ...judge(outside.effects, clean?.effects ?? outside.effects, journals, repeats)];
}

/** What is wrong with the one run that was started. */
function verdictOn({ status = "COMPLETED", output }: Scenario, runs: readonly Run[]): string[] {
  const run = runs.find(({ task }) => task.startsWith("main"));
  if (run?.status !== status) return [`${run?.id} is ${run?.status}, not ${status}: ${run?.error?.message}`];
  const found = run.output === undefined ? undefined : valueIn(run.output);
  if (status === "COMPLETED" && !isDeepStrictEqual(found, output))
    return [`the output is ${JSON.stringify(found)}`];
  return [];
}
