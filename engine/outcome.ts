/**
 * What a journal keeps of how a unit settled: its value, and what its call did to its inputs; and how both come back.
 *
 * Owns:      the fields of a result that hold values.
 * Invariant: a value that cannot be recorded is no reason to repeat the call: its error is what the program sees.
 */
import type { Ask } from "./ask.ts";
import { decode, type Encoded, encode, prepare } from "./codec.ts";
import type { Inputs } from "./inputs.ts";
import type { Journal, Settled } from "./journal.ts";
import { areLoaded, keepFiles, putBack } from "./kept-files.ts";
import { keep } from "./new-run.ts";
import type { PassContext } from "./pass-context.ts";
import type { JournalRecord, Moment, Place, ResultRecord } from "./record.ts";
import { metadataOf } from "./run-metadata.ts";
import type { SpilledValues } from "./spilled-values.ts";

/** How many lost parts a line names. */
const lostShown = 5;

type Outcome = Pick<ResultRecord, "ok" | "value" | "same" | "as" | "changes" | "changedAt" | "files">;

/** Puts an outcome into the form of a record. `as`: the record whose object it is. */
export async function outcomeOf(
  context: PassContext,
  place: Place,
  inputs: Inputs | undefined,
  now: Moment,
  ok: boolean,
  value: unknown,
  args: readonly unknown[],
  isShared = false,
  as?: number,
): Promise<Outcome> {
  const tellLost = (lost: readonly string[]): void => {
    if (lost.length === 0) return;
    const parts = lost.slice(0, lostShown).join(", ") + (lost.length > lostShown ? ", …" : "");
    context.print("debug", [`HF303 ${place.name} at ${place.at}: not recorded: ${parts}`]);
  };
  const same = ok ? inputs?.placeOf(value) : undefined;
  const changes = inputs?.changes(isShared);
  tellLost(changes?.lost.map((name) => `the change of ${name}`) ?? []);
  for (const name of changes?.methodless ?? []) {
    const told = `it has put an object of the class ${name} into what it was called on or with, which comes back without its methods`;
    const fix = "Register the class (registerCodec), or make the calls that need it in one step()";
    context.print("warn", [`HF303 ${place.name} at ${place.at}: ${told}. ${fix}.`]);
  }
  const kept =
    changes?.text === undefined ? {} : { changes: await keep(context.ports, changes.text), changedAt: now };
  if (same !== undefined) return { ok, value: { inline: encode(undefined).text }, same, ...kept };
  if (as !== undefined) return { ok, value: { inline: encode(undefined).text }, as, ...kept };
  let encoded: Encoded;
  try {
    const preparing = prepare(value);
    if (preparing !== undefined) await preparing;
    encoded = encode(value);
  } catch (error) {
    return { ok: false, value: { inline: encode(error).text }, ...kept };
  }
  tellLost(encoded.lost);
  const files = await keepFiles(context, encoded.text, args);
  return { ok, value: await keep(context.ports, encoded.text), ...kept, ...(files && { files }) };
}

/** On other code a record is reused only for the same inputs. */
export function hasOtherInputs(ask: Ask, record: JournalRecord): boolean {
  if (record.kind !== "result") return false;
  const asked = ask.options.fingerprint?.();
  return asked !== undefined && record.fp !== undefined && record.fp !== asked;
}

/** Are the texts of a record at hand? If not, they are being read from now on. */
export function isLoaded(ask: Ask, record: Settled, spilled: SpilledValues, journal: Journal): boolean {
  if (record.kind === "marker") return true;
  const { changes, files } = record;
  const { value } = sharedBy(record, journal) ?? record;
  const hasChanges = changes === undefined || spilled.has(changes);
  return areLoaded(files, spilled, ask.options.emptied) && spilled.has(value) && hasChanges;
}

/** Makes what a recorded call did to its inputs again, unless it was this pass that made the call. */
export function changeAgain(ask: Ask, record: ResultRecord, spilled: SpilledValues): void {
  const { changes, place } = record;
  if (changes === undefined || ask.isLive || ask.isChanged) return;
  ask.isChanged = true;
  ask.options.inputs?.apply(spilled.textOf(changes), placeText(place));
}

/** The record whose object this one stands for, if others do, too. */
function sharedBy(record: ResultRecord, journal: Journal): ResultRecord | undefined {
  if (record.as === undefined) return record.givenTo === undefined ? undefined : record;
  const first = journal.at(record.as)?.record;
  return first?.kind === "result" ? first : undefined;
}

/** The recorded value. */
export function recordedValue(ask: Ask, record: ResultRecord, spilled: SpilledValues): unknown {
  const { same, metadata, files } = record;
  const { execution } = ask.frame;
  if (files !== undefined && !ask.isLive)
    putBack(execution.context, files, spilled, placeText(record.place), ask.options.emptied);
  metadataOf(execution).delivered(ask.key, execution.journal.settled(ask.key, ask.gen) ?? 0, metadata);
  changeAgain(ask, record, spilled);
  if (same !== undefined) return ask.options.inputs?.at(same);
  const read = ({ value, place }: ResultRecord): unknown => decode(spilled.textOf(value), placeText(place));
  const shared = sharedBy(record, execution.journal);
  return shared === undefined ? read(record) : execution.sharing.valueOf(shared, () => read(shared));
}

const placeText = (place: Place | undefined): string =>
  place === undefined ? "" : `${place.name}, ${place.at}`;
