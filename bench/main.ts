/**
 * `npm run bench`: what one machine does, next to what was aimed at. A real `holdfast serve`, its data on this disk,
 * spoken to over HTTP from another process; every figure is what a caller sees, unless said.
 * `npm run bench -- --aws`: what a cold start of the dispatcher weighs; `-- --engine`: CPU of the engine alone.
 */
import { cp } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startHoldfast } from "../test/world/holdfast.ts";
import { linkHoldfast, makeFolder, manifest, root } from "../test/world/place.ts";
import { openClient } from "./client.ts";
import type { EngineFigure } from "./engine.ts";
import { atOnce, type Course, children, killToNextStep, longRun, oneStep, sleepers } from "./measures.ts";
import { type Spread, spread } from "./statistics.ts";

interface Figure extends Spread {
  readonly name: string;
  readonly unit: string;
  readonly aim: string;
}

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    repetitions: { type: "string" },
    aws: { type: "boolean" },
    engine: { type: "boolean" },
    node: { type: "string" },
  },
});
const repetitions = Number(options.repetitions ?? (options.quick ? 1 : 5));
const size = options.quick ? 0.2 : 1;

async function repeat<T>(measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < repetitions; i++) results.push(await measure());
  return results;
}

async function measureAll(course: Course, tell: (figure: Figure) => void): Promise<void> {
  const n = (count: number): string => String(count * size);
  const figure = (name: string, unit: string, aim: string, values: readonly number[]): void =>
    tell({ name, unit, aim, ...spread(values) });
  await oneStep({ ...course, size: 0.5 }); // the first runs warm up the processes
  const steps = await repeat(() => oneStep(course));
  figure(
    "trigger → done of a one-step run, p50",
    "ms",
    "≤ 2",
    steps.map(({ p50 }) => p50),
  );
  figure(
    "trigger → done of a one-step run, p95",
    "ms",
    "",
    steps.map(({ p95 }) => p95),
  );
  figure(`${n(1_000)} such runs at once`, "runs/s", "≥ 2000", await repeat(() => atOnce(course)));
  figure(`one run of ${n(1_000)} steps`, "s", "≤ 0.25", await repeat(() => longRun(course)));
  const kills = await repeat(() => killToNextStep(course));
  figure(`kill → next new step, ${n(1_000)} steps done`, "ms", "≤ 500", kills);
  figure(`a parent with ${n(100)} children`, "ms", "≤ 40", await repeat(() => children(course)));
  figure(`${n(1_000)} sleepers of 1 s, p95 lateness`, "ms", "≤ 40", await repeat(() => sleepers(course)));
}

const machine = async () => ({
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  load: loadavg()[0]?.toFixed(2),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
  holdfast: (await manifest()).version,
});

function line({ name, unit, aim, median, min, max, n }: Figure): string {
  const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const range = `[${show(min)}–${show(max)}]`;
  return `${name.padEnd(42)} ${`${show(median)} ${unit}`.padStart(12)}  ${range.padEnd(18)} n=${n}  ${aim && `aim ${aim}`}`;
}

const say = (text: string): void => {
  if (!options.json) process.stdout.write(`${text}\n`);
};

function tellMachine(about: Readonly<Record<string, unknown>>): void {
  const words = Object.entries(about).map(([name, value]) => `${name} ${value}`);
  say(words.join(" · "));
}

async function oneMachine(): Promise<void> {
  const folder = await makeFolder("bench");
  await cp(join(root, "bench", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  const data = join(folder.path, "data");
  const holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
  const client = openClient(holdfast.url, 64);
  try {
    const about = await machine();
    tellMachine(about);
    say(`median [min–max] of ${repetitions} repetitions\n`);
    const figures: Figure[] = [];
    await measureAll({ client, size }, (figure) => {
      figures.push(figure);
      say(line(figure));
    });
    if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, figures }, null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${holdfast.output()}\n`);
    throw error;
  } finally {
    client.close();
    await holdfast.stop();
    await folder.remove();
  }
}

/** `--aws`: what a cold start of the dispatcher weighs. `--node <path>` spares the installation of another Node. */
async function inAws(): Promise<void> {
  const { startUps } = await import("./start-up.ts");
  const pairs = repetitions * 5;
  const about = await machine();
  tellMachine(about);
  const { node, dispatcher, clients, ratio } = await startUps(pairs, options.node);
  say(`${pairs} pairs under Node ${node}: import and first, empty invocation\n`);
  const figures: Figure[] = [
    { name: "the dispatcher's start", unit: "ms", aim: "", ...dispatcher },
    { name: "the four bare clients' start", unit: "ms", aim: "", ...clients },
    { name: "the one by the other, pair by pair", unit: "×", aim: "≤ 1.15", ...ratio },
  ];
  for (const figure of figures) say(line(figure));
  if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, node, figures }, null, 2)}\n`);
}

/** `--engine`: in this process, with a store in memory. */
async function engineAlone(): Promise<void> {
  const { measureEngine } = await import("./engine.ts");
  const about = await machine();
  tellMachine(about);
  const figures: EngineFigure[] = [];
  await measureEngine(size, (figure) => {
    figures.push(figure);
    const { name, unit, aim, value } = figure;
    say(`${name.padEnd(42)} ${`${value.toPrecision(3)} ${unit}`.padStart(14)}  ${aim && `aim ${aim}`}`);
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, figures }, null, 2)}\n`);
}

await (options.aws ? inAws() : options.engine ? engineAlone() : oneMachine());
