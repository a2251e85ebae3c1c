/**
 * What a test is told of a run.
 */
import { decode } from "../engine/codec.ts";
import type { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import { fromText, type JournalRecord } from "../engine/record.ts";
import type { Run } from "../engine/run.ts";
import type { Entry } from "./call-ledger.ts";
import type { Program } from "./program.ts";
import type { CallReport, Crash, PlanRow, Problem, Report } from "./types.ts";
import { headOf, type World } from "./world.ts";

/** A place in two parts. */
export function fileAndLine(at: string): { readonly file: string; readonly line: number } {
  const colon = at.lastIndexOf(":");
  return colon < 0 ? { file: at, line: 0 } : { file: at.slice(0, colon), line: Number(at.slice(colon + 1)) };
}

/** The records of a run, in order. */
export async function recordsOf(world: World, runId: string): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for (let after = 0, more = true; more; ) {
    const page = await world.store.journal(runId, after);
    for (const { number, data } of page.entries) {
      records.push(fromText(data));
      after = number;
    }
    more = page.more;
  }
  return records;
}

function callOf(entry: Entry, runId: string): CallReport {
  const { place, times, recorded } = entry;
  const key = entry.runId === runId ? entry.key : `${entry.runId} ${entry.key}`;
  return { key, name: place.name, ...fileAndLine(place.at), times, recorded };
}

const textOfCrash = (crash: Crash): string =>
  crash.call === undefined ? `${crash.when} write ${crash.write}` : `${crash.when} call ${crash.call}`;

function unreached(world: World): Problem[] {
  return world.strikes.unreached().map((crash) => ({
    code: "HF701",
    message: `The crash ${textOfCrash(crash)} did not happen: the run has made ${world.ledger.count} calls and ${world.writes} writes.`,
    file: "",
    line: 0,
    fix: "Count calls and writes from 1, in a run without crashes.",
  }));
}

function late(world: World): Problem[] {
  return world.ledger.late.map((place) => ({
    code: "HF705",
    message: `${place.name} was begun before its crash: nobody could tell that it would give a promise.`,
    ...fileAndLine(place.at),
    fix: "Run the task once without crashes first: the testkit remembers which calls give promises.",
  }));
}

/** `HF303 charge at tasks/order.ts:7: not recorded: …` */
function notes(world: World): Problem[] {
  return [...new Set(world.notes)].map((note) => {
    const [, code = "HF303", name = "", at = "", what = ""] =
      /^(HF\d+) (.*?) at (\S+:\d+): (.*)$/.exec(note) ?? [];
    return {
      code,
      message: name === "" ? note : `${name}: ${what}.`,
      ...fileAndLine(at),
      fix: "Use only what was recorded, or make it with live(); see the page of the code.",
    };
  });
}

function errorOf(run: Run, program: Program, stuck: HoldfastError | undefined): Report["error"] {
  if (stuck !== undefined) return { name: stuck.name, message: stuck.message };
  if (run.error === undefined) return undefined;
  const { name, message, stack } = run.error;
  return { name, message, ...(stack === undefined ? {} : { stack: program.authored(stack) }) };
}

/** Puts a report together. */
export async function reportOf(
  world: World,
  program: Program,
  runId: string,
  { stuck, plan }: { readonly stuck: HoldfastError | undefined; readonly plan?: readonly PlanRow[] },
): Promise<Report> {
  const run = await headOf(world, runId);
  const error = errorOf(run, program, stuck);
  const output = run.output && decode(await world.reveal(await textOf(world.ports, run.output)));
  const { writes, passes, suspends, crashes, lines } = world;
  return {
    status: run.status,
    ...(run.output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    calls: [...world.ledger.entries.values()].filter(isShown).map((entry) => callOf(entry, runId)),
    writes,
    passes,
    suspends,
    crashes,
    lines,
    warnings: [...notes(world), ...unreached(world), ...late(world)],
    journal: await recordsOf(world, runId),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** A call before which its process died each time was not made. */
const isShown = ({ times, recorded }: Entry): boolean => times > 0 || recorded;
