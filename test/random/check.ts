/**
 * Runs one random program plain and durable, with or without faults, and says what differs.
 */
import { isDeepStrictEqual } from "node:util";
import { idempotencyKeyOf } from "../../engine/fingerprint.ts";
import { fromText } from "../../engine/record.ts";
import { type Strike, seeded, World } from "../engine/world.ts";
import { program } from "./generator.ts";
import { loadDurable, loadPlain } from "./load.ts";
import { outside, type Start } from "./outside.ts";

interface Outcome {
  readonly value: unknown;
  readonly starts: readonly Start[];
  readonly violations: readonly string[];
  readonly crashes: number;
  readonly passes: number;
  readonly code: string;
}

let runs = 0;

/** The program as written. */
async function plainRun(source: string): Promise<{ value: unknown; starts: readonly Start[] }> {
  const world = new World();
  const { lib, starts } = outside(world.clock);
  const run = loadPlain(source, world.clock, { outside: { lib } });
  let ended: { value: unknown } | undefined;
  run(7).then(
    (value) => {
      ended = { value };
    },
    (error: unknown) => {
      ended = { value: String(error) };
    },
  );
  await world.until(() => ended !== undefined);
  return { value: ended?.value, starts };
}

export interface Faults {
  readonly seed: number;
  readonly crashes: number;
  readonly latencyMs: number;
  readonly flaky?: boolean;
  readonly dropRings?: boolean;
}

/** The program made durable. */
async function durableRun(source: string, faults?: Faults): Promise<Outcome> {
  const suffix = String(runs++);
  const random = seeded(faults?.seed ?? 0);
  let left = faults?.crashes ?? 0;
  const strike = (): Strike => {
    if (left <= 0 || random() > 0.04) return undefined;
    left--;
    return random() < 0.5 ? "before" : "after";
  };
  const world = new World({
    seed: faults?.seed ?? 1,
    strike,
    ...(faults?.latencyMs ? { latencyMs: faults.latencyMs } : {}),
    ...(faults?.dropRings ? { dropRings: true } : {}),
  });
  const violations: string[] = [];
  let runId = "";
  const recorded = new Set<string | undefined>();
  const read = new Set<number>();
  const onStart = ({ unit, name }: Start): void => {
    void world.store.journal(runId, 0).then(({ entries }) => {
      for (const { number, data } of entries) {
        if (read.has(number)) continue;
        read.add(number);
        const record = fromText(data);
        if (record.kind === "result") recorded.add(idempotencyKeyOf(runId, record.key, record.gen));
      }
      if (recorded.has(unit)) violations.push(`recorded effect ${name} was repeated`);
    });
  };
  const { lib, starts } = outside(world.clock, { onStart, flaky: faults?.flaky === true });
  const code = loadDurable(source, suffix, { outside: { lib } });
  runId = (await world.start(`program-${suffix}`, 7)).id;
  const run = await world.finish(runId);
  if (run.status !== "COMPLETED")
    violations.push(`${run.status}: ${run.error?.message ?? ""} ${run.error?.stack ?? ""}`);
  const value = await world.output(runId);
  const again = await replayed(source, world, runId);
  if (run.status === "COMPLETED" && !isDeepStrictEqual(again, value)) {
    violations.push(`a replay gave ${JSON.stringify(again)} and not ${JSON.stringify(value)}`);
  }
  return { value, starts, violations, crashes: world.crashes, passes: world.passes, code };
}

/** The run once more, from its finished journal: nothing may be called. */
async function replayed(source: string, world: World, runId: string): Promise<unknown> {
  const suffix = String(runs++);
  const second = new World();
  const called: string[] = [];
  const { lib } = outside(second.clock, { onStart: ({ name }) => void called.push(name) });
  loadDurable(source, suffix, { outside: { lib } });
  const head = await world.store.read(runId);
  if (head === undefined) return undefined;
  const { output: _output, finishedAt: _finishedAt, ...rest } = head;
  await second.copy(
    { ...rest, task: `program-${suffix}`, createdAt: head.createdAt },
    await world.records(runId),
  );
  const run = await second.finish(runId, 1);
  if (called.length > 0) return `called again: ${called.join()}`;
  return run.status === "COMPLETED" ? second.output(runId) : `${run.status} ${run.error?.message ?? ""}`;
}

/** Totals of a campaign, to show that the faults did strike. */
export const totals = { programs: 0, crashes: 0, passes: 0, effects: 0 };

/** What differs between the program as written and the program made durable; empty: nothing. */
export async function differences(seed: number, faults?: Faults): Promise<string[]> {
  const source = program(seed, { ordered: faults === undefined });
  const plain = await plainRun(source);
  const durable = await durableRun(source, faults);
  const found = [...durable.violations];
  // An async function given to a library starts in a turn of its own: there, order is not what it was.
  const isLibrary = /lib\.(?:pool|slowPool|eager|again|drain)/.test(source);
  const told = (value: unknown): unknown =>
    isLibrary ? (value as { out?: unknown } | undefined)?.out : value;
  if (!isDeepStrictEqual(told(plain.value), told(durable.value))) {
    found.push(`value ${JSON.stringify(durable.value)} and not ${JSON.stringify(plain.value)}`);
  }
  totals.programs++;
  totals.crashes += durable.crashes;
  totals.passes += durable.passes;
  totals.effects += durable.starts.length;
  const order = (starts: readonly Start[]): string => {
    const names = starts.map((start) => start.name);
    return (isLibrary ? names.sort() : names).join(" ");
  };
  if (faults === undefined && order(plain.starts) !== order(durable.starts)) {
    found.push(`effects ${order(durable.starts)} and not ${order(plain.starts)}`);
  }
  return found;
}
