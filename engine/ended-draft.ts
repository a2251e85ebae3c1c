/**
 * How a run has ended, as a record: for tasks with hooks for it, so it is loaded with the first such end.
 */
import { encode, prepare } from "./codec.ts";
import type { Ending } from "./ending.ts";
import { keep } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { EndEvent, Run } from "./run.ts";
import { toRunError } from "./run-error.ts";
import type { Metadata } from "./run-metadata.ts";
import type { Draft } from "./writer.ts";

/** The record of an end. */
export type EndedDraft = Extract<Draft, { kind: "ended" }>;

/** Makes the record. */
export async function endedDraft(
  ports: Ports,
  ending: Ending,
  metadata: Metadata | undefined,
): Promise<EndedDraft> {
  const ended = await draftOf(ports, ending);
  return metadata === undefined ? ended : { ...ended, metadata: await keep(ports, encode(metadata).text) };
}

async function draftOf(ports: Ports, ending: Ending): Promise<EndedDraft> {
  if (ending.event !== "completed") return failure(ports, ending.event, ending.error, ending.failedBy);
  if ("stored" in ending) return { kind: "ended", event: "completed", value: ending.stored };
  try {
    await prepare(ending.output);
    return {
      kind: "ended",
      event: "completed",
      value: await keep(ports, encode(ending.output).text),
    };
  } catch (error) {
    return failure(ports, "failed", error, undefined);
  }
}

async function failure(
  ports: Ports,
  event: EndEvent,
  error: unknown,
  failedBy: Run["failedBy"],
): Promise<EndedDraft> {
  const shown = toRunError(error);
  return {
    kind: "ended",
    event,
    value: await keep(ports, await errorText(error)),
    error: shown,
    ...(failedBy === undefined || failedBy.length === 0 ? {} : { failedBy }),
  };
}

/** An error that cannot be recorded is told by its message. */
async function errorText(error: unknown): Promise<string> {
  try {
    await prepare(error);
    return encode(error).text;
  } catch {
    const { name, message } = toRunError(error);
    return encode(Object.assign(new Error(message), { name })).text;
  }
}
