/**
 * `npm run bench`: what one machine does, next to what was aimed at. A real `holdfast serve`, its data on this disk,
 * spoken to over HTTP from another process; every figure is what a caller sees, unless said.
 * It warns of a figure that is worse than it was, next to a fixed job in the same run (`baseline.ts`); `--save` makes it the baseline.
 * `npm run bench -- --aws`: what a cold start of the dispatcher weighs, and a warm run takes; `-- --engine`: CPU of the engine alone; `-- --scale`: a million
 * finished and a hundred thousand sleeping runs in one database.
 */
import { cp } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startHoldfast } from "../test/world/holdfast.ts";
import { linkHoldfast, makeFolder, manifest, root } from "../test/world/place.ts";
import { baseline, keepBaseline, type Ratios, ratioOf, worsened } from "./baseline.ts";
import { openClient } from "./client.ts";
import type { EngineFigure } from "./engine.ts";
import { atOnce, type Course, children, killToNextStep, longRun, oneStep, sleepers } from "./measures.ts";
import { type Reference, startReference } from "./reference.ts";
import { type Spread, spread } from "./statistics.ts";

interface Figure extends Spread {
  readonly name: string;
  readonly unit: string;
  readonly aim: string;
  /** Its time by the fixed job's. */
  readonly ratio?: number;
}

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    save: { type: "boolean" },
    quick: { type: "boolean" },
    repetitions: { type: "string" },
    aws: { type: "boolean" },
    engine: { type: "boolean" },
    scale: { type: "boolean" },
    node: { type: "string" },
  },
});
const repetitions = Number(options.repetitions ?? (options.quick ? 1 : 5));
const size = options.quick ? 0.2 : 1;

/** A repetition: what was measured, and what the fixed job took around it. */
interface Repetition<T> {
  readonly found: T;
  readonly referenceMs: number;
}

async function repeat<T>(reference: Reference, measure: () => Promise<T>): Promise<Repetition<T>[]> {
  const results: Repetition<T>[] = [];
  let before = await reference.measure();
  for (let i = 0; i < repetitions; i++) {
    const found = await measure();
    const after = await reference.measure();
    results.push({ found, referenceMs: (before + after) / 2 });
    before = after;
  }
  return results;
}

async function measureAll(
  course: Course,
  reference: Reference,
  tell: (figure: Figure) => void,
): Promise<void> {
  const n = (count: number): string => String(count * size);
  const figure = (name: string, unit: string, aim: string, repeated: readonly Repetition<number>[]): void => {
    const ratios = repeated.map(({ found, referenceMs }) => ratioOf(found, unit, referenceMs));
    tell({ name, unit, aim, ...spread(repeated.map(({ found }) => found)), ratio: spread(ratios).median });
  };
  await oneStep({ ...course, size: 0.5 }); // the first runs warm up the processes
  const steps = await repeat(reference, () => oneStep(course));
  const part = (name: "p50" | "p95") => steps.map((each) => ({ ...each, found: each.found[name] }));
  figure("trigger → done of a one-step run, p50", "ms", "≤ 2", part("p50"));
  figure("trigger → done of a one-step run, p95", "ms", "", part("p95"));
  const all = [
    [`${n(1_000)} such runs at once`, "runs/s", "≥ 2000", atOnce],
    [`one run of ${n(1_000)} steps`, "s", "≤ 0.25", longRun],
    [`kill → next new step, ${n(1_000)} steps done`, "ms", "≤ 500", killToNextStep],
    [`a parent with ${n(100)} children`, "ms", "≤ 40", children],
    [`${n(1_000)} sleepers of 1 s, p95 lateness`, "ms", "≤ 40", sleepers],
  ] as const;
  for (const [name, unit, aim, measure] of all)
    figure(name, unit, aim, await repeat(reference, () => measure(course)));
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

function line({ name, unit, aim, median, min, max, n, ratio }: Figure): string {
  const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const range = `[${show(min)}–${show(max)}]`;
  return `${name.padEnd(42)} ${`${show(median)} ${unit}`.padStart(12)}  ${range.padEnd(18)} n=${n}  ${ratio === undefined ? "" : `×${ratio.toPrecision(3)}  `}${aim && `aim ${aim}`}`;
}

const say = (text: string): void => {
  if (!options.json) process.stdout.write(`${text}\n`);
};

function tellMachine(about: Readonly<Record<string, unknown>>): void {
  const words = Object.entries(about).map(([name, value]) => `${name} ${value}`);
  say(words.join(" · "));
}

/** Says what has become worse, or makes this the baseline. */
async function compare(figures: readonly Figure[]): Promise<void> {
  const ratios: Ratios = Object.fromEntries(figures.map(({ name, ratio = 0 }) => [name, ratio]));
  if (options.save) return keepBaseline(ratios);
  for (const text of worsened(await baseline(), ratios)) process.stderr.write(`${text}\n`);
}

async function oneMachine(): Promise<void> {
  const folder = await makeFolder("bench");
  await cp(join(root, "bench", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  const data = join(folder.path, "data");
  const holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
  const client = openClient(holdfast.url, 64);
  const reference = await startReference(folder.path);
  try {
    const about = await machine();
    tellMachine(about);
    say(`median [min–max] of ${repetitions} repetitions; ×: by the fixed job's time in the same run\n`);
    const figures: Figure[] = [];
    await measureAll({ client, size }, reference, (figure) => {
      figures.push(figure);
      say(line(figure));
    });
    if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, figures }, null, 2)}\n`);
    await compare(figures);
  } catch (error) {
    process.stderr.write(`${holdfast.output()}\n`);
    throw error;
  } finally {
    client.close();
    reference.close();
    await holdfast.stop();
    await folder.remove();
  }
}

/** `--aws`: what a cold start of the dispatcher weighs, and what a warm run takes. `--node <path>` spares the installation of another Node. */
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
  const { timeOfRuns } = await import("./dispatcher-time.ts");
  const warm = await timeOfRuns(repetitions * 80, options.node ?? process.execPath);
  const ofWarm = { name: "a warm run of ten awaits, processor", unit: "ms", aim: "", ...warm };
  say(line(ofWarm));
  figures.push(ofWarm);
  const { timeOfTriggers } = await import("./api-time.ts");
  const triggers = await timeOfTriggers(repetitions * 80, options.node ?? process.execPath);
  const ofTrigger = { name: "a warm trigger of the api, processor", unit: "ms", aim: "", ...triggers };
  say(line(ofTrigger));
  figures.push(ofTrigger);
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

/** `--scale`: the same server with no runs, and with very many. */
async function atScale(): Promise<void> {
  const { measureScale } = await import("./scale/one-machine.ts");
  const about = await machine();
  tellMachine(about);
  const runs = { finished: 1_000_000 * size, sleeping: 100_000 * size };
  const figures = await measureScale({ ...runs, tell: say });
  const show = (value: number): string => value.toPrecision(3);
  for (const { name, unit, few, many } of figures)
    say(`${name.padEnd(46)} ${`${show(few)} ${unit}`.padStart(12)} ${`${show(many)} ${unit}`.padStart(12)}`);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ machine: about, ...runs, figures }, null, 2)}\n`);
}

if (options.aws) await inAws();
else if (options.engine) await engineAlone();
else if (options.scale) await atScale();
else await oneMachine();
