/**
 * `metadata` inside a run.
 *
 * Owns:      the way from a call to a change.
 * Invariant: a call of the program's is made again on replay; one from inside a unit is kept with the unit's record.
 */
import { currentRun } from "../engine/current-run.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { aboveOf, noteIdOf } from "../engine/notes.ts";
import { know } from "../engine/promises.ts";
import { type MetadataChange, metadataOf } from "../engine/run-metadata.ts";
import { type MetadataUpdater, type MetadataValue, metadata, type RunMetadata } from "./metadata.ts";
import { checkMetadata, jsonCopy } from "./metadata-values.ts";

/** Code that the transform has not seen has no place: it may be the inside of a unit. */
const unitOf = (site: Site): string | undefined => (site.at === "" ? currentRun.getStore()?.key : undefined);

function keyIn(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new HoldfastError(
    "HF512",
    `metadata.${name} was given the key ${String(value)}.`,
    "Give a text that is not empty.",
  );
}

function amount(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new HoldfastError("HF512", `metadata.${name} was given ${String(value)}.`, "Give a number.");
}

function changeOf(name: keyof RunMetadata, args: readonly unknown[]): MetadataChange {
  const [first, second] = args;
  if (name === "replace") return ["replace", checkMetadata(first)];
  const key = keyIn(first, name);
  if (name === "increment") return ["increment", key, amount(second ?? 1, name)];
  if (name === "decrement") return ["increment", key, -amount(second ?? 1, name)];
  if (name === "del") return ["del", key];
  return [name as "set" | "append" | "remove", key, jsonCopy(second, `The value of ${JSON.stringify(key)}`)];
}

function change({ execution }: Frame, site: Site, args: readonly unknown[]): RunMetadata {
  const [name, ...rest] = args as [keyof RunMetadata, ...unknown[]];
  metadataOf(execution).change(changeOf(name, rest), unitOf(site));
  return metadata;
}

/** The key of a note of the inside of a unit is apart: the unit may be made again, and its record says what it did. */
function noteAbove(frame: Frame, site: Site, args: readonly unknown[]): MetadataUpdater {
  const [to, name, ...rest] = args as ["parent" | "root", keyof RunMetadata, ...unknown[]];
  const { execution } = frame;
  const { run } = execution.context;
  const made = changeOf(name, rest);
  const id = aboveOf(run, to);
  if (id === undefined) metadataOf(execution).change(made, unitOf(site));
  else {
    const key = frame.next(`${site.id}^${to}`);
    metadataOf(execution).note({ to: id, id: noteIdOf(run, key, made), change: made }, unitOf(site));
  }
  return metadata[to];
}

/** A copy: what the author changes in it is not the metadata. */
const shown = ({ execution }: Frame): Record<string, MetadataValue> =>
  structuredClone(metadataOf(execution).current) as Record<string, MetadataValue>;

function flush({ execution }: Frame): Promise<void> {
  if (!execution.replaying) execution.context.shown.flush();
  return know(Promise.resolve());
}

/** What the SDK's functions do, by name. */
export const metadataFunctions = {
  "metadata.change": change,
  "metadata.note": noteAbove,
  "metadata.current": shown,
  "metadata.get": (frame: Frame, _site: Site, args: readonly unknown[]) => shown(frame)[String(args[0])],
  "metadata.flush": flush,
  "metadata.refresh": () => know(Promise.resolve()),
};
