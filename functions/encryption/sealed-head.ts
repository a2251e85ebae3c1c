/**
 * A head as it is stored where run data are encrypted.
 *
 * Owns:      which fields are sealed: what the author's code was given, gave back or threw. What runs are searched and ordered
 *            by (task, status, tags, keys, queue, times) stays as it is.
 */
import type { Run, RunError, Stored } from "../../engine/run.ts";
import type { Sealing } from "./sealing.ts";

const storedFields = ["payload", "output", "lastRecord", "metadata", "changedMetadata"] as const;

/** How one text of a head is changed: sealed or opened. */
type Change = (field: string, text: string) => string;

/** The fields of a head that it has, with their texts changed. */
function changedFields(
  head: Partial<Run>,
  change: Change,
  error: (given: RunError) => RunError,
): Partial<Run> {
  const fields: Record<string, unknown> = {};
  for (const field of storedFields) {
    const stored: Stored | undefined = head[field];
    if (stored !== undefined && "inline" in stored) fields[field] = { inline: change(field, stored.inline) };
  }
  const { payloadHash, lastGood, verdict } = head;
  if (payloadHash !== undefined) fields.payloadHash = change("payloadHash", payloadHash);
  if (head.error !== undefined) fields.error = error(head.error);
  if (verdict?.error !== undefined) fields.verdict = { ...verdict, error: error(verdict.error) };
  if (lastGood !== undefined) fields.lastGood = { ...lastGood, name: change("lastGood", lastGood.name) };
  return fields as Partial<Run>;
}

const placeOf = (runId: string, field: string): string => `${runId} ${field}`;

/** What a sealed error is called. */
const sealedName = "Encrypted";

/** The fields with what is the author's sealed. */
export function sealedHead<T extends Partial<Run>>(runId: string, head: T, { seal }: Sealing): T {
  const change: Change = (field, text) => seal(placeOf(runId, field), text);
  const error = (given: RunError): RunError => ({
    name: sealedName,
    message: change("error", JSON.stringify(given)),
  });
  return { ...head, ...changedFields(head, change, error) };
}

/** The head as it was; its key is nobody's business but the store's. @throws HoldfastError HF331 */
export function openedHead({ dataKey: _, ...run }: Run, { open }: Sealing): Run {
  const change: Change = (field, text) => open(placeOf(run.id, field), text);
  const error = ({ message }: RunError): RunError => JSON.parse(change("error", message)) as RunError;
  return { ...run, ...changedFields(run, change, error) };
}

/** Is there anything in it to be sealed? */
export const hasSealedFields = (head: Partial<Run>): boolean =>
  Object.keys(
    changedFields(
      head,
      () => "",
      (error) => error,
    ),
  ).length > 0;
