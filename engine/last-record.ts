/**
 * The last record of a run goes with the run's end (decision 0060): it is delivered before it is durable, where nothing that
 * has an effect can come behind it, and is written with the end, or before whatever else happens.
 *
 * Owns:      when a record may be held back, and the write that ends a run with it.
 * Invariant: L1 between the delivery of a held record and its write nobody else's code is called, and of the author's only
 *            what the build has marked: literals, operators, own variables (`transform/quiet.ts`). L2 a run that ends in any
 *            other way than `completed` has it in its journal. L3 behind the end it is the last of the log.
 */
import { types } from "node:util";
import type { Ask } from "./ask.ts";
import { hasOwnCodecs } from "./codec-classes.ts";
import type { Execution } from "./execution.ts";
import type { HeadWrite } from "./head-write.ts";
import type { Ports, Written } from "./ports.ts";
import { know } from "./promises.ts";
import type { Run } from "./run.ts";
import { quietOf } from "./sites.ts";
import type { Making } from "./unit-making.ts";
import { type Draft, storeRetry } from "./writer.ts";

/**
 * Characters of a value: packed, its record stays within a kilobyte together with a head of a usual size, which DynamoDB takes as one
 * unit. The head of a child is written once more, when its parent has been told.
 */
const valueCharsMost = ({ parent }: Run): number => (parent === undefined ? 400 : 200);

/**
 * Does nothing come behind this await, on any way through the program, but what nobody can see, up to the next await or the end of
 * `run`? What `run` is given is a payload; what other functions are given nobody knows.
 */
function isQuiet({ frame, siteId }: Ask, making: Making): boolean {
  const { root } = frame.execution;
  let id: string | undefined = making.siteId ?? siteId;
  for (let at: typeof frame | undefined = frame; at !== undefined && id !== undefined; at = at.parent) {
    const quiet = quietOf(id);
    if (quiet === undefined || (quiet === "withPayload" && at !== root)) return false;
    if (at === root) return true;
    id = at.calledAt?.id;
  }
  return false;
}

/** Is the call a plain one, and all that the run is about? */
function isAlone(
  { frame: { execution, within, byHand }, isCounted }: Ask,
  { sort, part, again }: Making,
): boolean {
  const { asked, waiting, running, making, libraries, cutOff, canceled, journal, context } = execution;
  if ((sort !== "unit" && sort !== "step") || part !== undefined || again !== undefined) return false;
  if (within !== undefined || byHand !== undefined || canceled !== undefined) return false;
  if (asked.size !== 1 || waiting.size > 0 || !isCounted || running !== 1 || making > 0) return false;
  if (libraries.busy || libraries.calls.hasLive || cutOff.isOpen || context.spilled.isReading) return false;
  return journal.cancel === undefined && journal.ended === undefined && !journal.hasHandles;
}

/** Fields of a result that say more than its value: what the call did besides has to be in the log before anything goes on. */
const more = [
  "same",
  "as",
  "changes",
  "files",
  "closes",
  "origin",
  "givenTo",
  "holds",
  "metadata",
  "tx",
  "endsTx",
];

/** Writes a record, or holds it back for the run's end, if it may be. Gives its number: at once where it is held back. */
export const writtenOrHeld = (ask: Ask, making: Making, draft: Draft): number | Promise<number> =>
  heldBack(ask, making, draft) ?? ask.frame.execution.context.writer.write(draft);

function heldBack(ask: Ask, making: Making, draft: Draft): number | undefined {
  const { context, cursor } = ask.frame.execution;
  const { writer } = context;
  if (!writer.mayHold || writer.next !== cursor || draft.kind !== "result" || !draft.ok) return undefined;
  if (!("inline" in draft.value) || draft.value.inline.length > valueCharsMost(context.run)) return undefined;
  if (more.some((field) => field in draft && draft[field as keyof typeof draft] !== undefined))
    return undefined;
  // An object of a class of the author's may have getters, and a getter can do anything.
  if (hasOwnCodecs() || !isAlone(ask, making) || !isQuiet(ask, making)) return undefined;
  return writer.hold(draft);
}

/** A call that the program makes behind a held record waits until that is durable. */
export const behindHeld = ({ context }: Execution, call: () => unknown): Promise<unknown> =>
  know(Promise.resolve(context.writer.settled()).then(call));

/** How much of an output is looked at: what is more is put into a text, and into the spill, behind the write of the record. */
const partsMost = 1_000;

/** Is it a little data that nobody has anything to say to: no getter, no class? */
export function isBareData(value: unknown): boolean {
  let left = partsMost;
  const isBare = (each: unknown): boolean => {
    left -= typeof each === "string" ? each.length + 1 : 1;
    if (left < 0 || typeof each === "function") return false;
    if (typeof each !== "object" || each === null) return true;
    if (types.isProxy(each)) return false;
    const prototype: unknown = Object.getPrototypeOf(each);
    const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null;
    const fields = isPlain ? Object.entries(Object.getOwnPropertyDescriptors(each)) : [];
    return (
      isPlain && fields.every(([name, field]) => "value" in field && isBare(name) && isBare(field.value))
    );
  };
  return isBare(value);
}

/** An end that brings a record is asked for until there is an answer, as the record alone would be. */
export async function writeWithRecord(
  { store, clock }: Pick<Ports, "store" | "clock">,
  runId: string,
  write: HeadWrite,
): Promise<Written> {
  const { set, when } = write;
  const isOurs = (run: Run | undefined): boolean =>
    run?.status === "COMPLETED" && run.epoch === when.epoch && textOf(run) === textOf(set);
  for (let failures = 1, delay: number = storeRetry.firstMs; ; failures++) {
    try {
      const written = await store.write(runId, write);
      // The answer of an earlier try was lost: nobody else has this record.
      return isOurs(written.run) ? { ...written, applied: true } : written;
    } catch (error) {
      if (failures >= storeRetry.most) throw error;
      await new Promise<void>((resolve) => void clock.after(delay, resolve));
      delay = Math.min(delay * 2, storeRetry.longestMs);
    }
  }
}

const textOf = ({ lastRecord }: Partial<Run>): string | undefined =>
  lastRecord !== undefined && "inline" in lastRecord ? lastRecord.inline : undefined;
