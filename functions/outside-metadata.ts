/**
 * Changes of a run's metadata by callers: notes in its inbox, like those of runs below it. A pass takes them where they stand in
 * the log, and shows them; those of a run that no pass has had yet are looked for in its inbox.
 *
 * Owns:      Trigger.dev's words for a change, and what metadata are with the changes that no pass has taken.
 * Invariant: a change is told once: the same request, sent again, is the same note.
 */
import * as z from "zod";
import { decode } from "../engine/codec.ts";
import { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import { aboveOf, tellNotes, waitingNotes } from "../engine/notes.ts";
import type { Ports } from "../engine/ports.ts";
import { isFinished, type Run } from "../engine/run.ts";
import { type Metadata, type MetadataChange, metadataCharsMax, withChanges } from "../engine/run-metadata.ts";

const key = z
  .string()
  .min(1)
  .max(1_024)
  .refine((name) => name !== "__proto__" && !name.startsWith("$."), "Must be a plain key, not a path.");
const operation = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("update"), value: z.record(z.string(), z.unknown()) }),
  z.strictObject({ type: z.enum(["set", "append", "remove"]), key, value: z.unknown() }),
  z.strictObject({ type: z.literal("delete"), key }),
  z.strictObject({ type: z.literal("increment"), key, value: z.number() }),
]);
const operations = z.array(operation).max(1_000, "At most 1,000 operations.").optional();

/** The body of a change. */
export const metadataForm = z.strictObject({
  metadata: z.record(z.string(), z.unknown()).optional(),
  operations,
  parentOperations: operations,
  rootOperations: operations,
});

function changeOf(asked: z.infer<typeof operation>): MetadataChange {
  switch (asked.type) {
    case "update":
      return ["replace", asked.value];
    case "delete":
      return ["del", asked.key];
    case "increment":
      return ["increment", asked.key, asked.value];
    default:
      return [asked.type, asked.key, asked.value];
  }
}

/** The run's metadata as they are shown, with what it was told before it began. */
export async function metadataNow(ports: Ports, run: Run): Promise<Metadata> {
  const stored = run.changedMetadata ?? run.metadata;
  const shown = stored === undefined ? {} : (decode(await textOf(ports, stored)) as Metadata);
  // A pass shows what it has taken, within a second.
  if (run.epoch > 0 || run.news === 0) return shown;
  return withChanges(shown, await waitingNotes(ports.store, run.id));
}

/**
 * Tells a run what its metadata are to be.
 * @throws HoldfastError HF209 for one that has ended, HF512 where they would become too large.
 */
export async function changeMetadata(
  ports: Ports,
  run: Run,
  { metadata, operations = [], parentOperations = [], rootOperations = [] }: z.infer<typeof metadataForm>,
  request: string,
): Promise<Metadata> {
  const changes = [
    ...(metadata === undefined ? [] : [["replace", metadata] as const]),
    ...operations.map(changeOf),
  ];
  if (isFinished(run.status) && changes.length > 0)
    throw new HoldfastError(
      "HF209",
      `Run ${run.id} is ${run.status}.`,
      "The metadata of a run that has ended stay as they are.",
    );
  const after = withChanges(await metadataNow(ports, run), changes);
  if (JSON.stringify(after).length > metadataCharsMax)
    throw new HoldfastError(
      "HF512",
      "The metadata would be larger than 256 KB as text.",
      "Keep large data elsewhere, and their address here.",
    );
  await tellNotes(ports, run.id, changes, request);
  await tellNotes(
    ports,
    aboveOf(run, "parent") ?? run.id,
    parentOperations.map(changeOf),
    `${request}/parent`,
  );
  await tellNotes(ports, aboveOf(run, "root") ?? run.id, rootOperations.map(changeOf), `${request}/root`);
  // The same request, sent again, has told nothing more.
  const told = run.epoch === 0 ? await ports.store.read(run.id) : undefined;
  return told === undefined ? after : metadataNow(ports, told);
}
