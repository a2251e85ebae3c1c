/**
 * Work of the engine's own between two awaits of the program: the pass is not quiet while it goes on.
 */
import { decode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import { textOf } from "./new-run.ts";
import type { Stored } from "./run.ts";
import { beginMetadata, type Metadata, metadataOf } from "./run-metadata.ts";

/** Does `work` as something that is running. */
export async function counted<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  execution.running++;
  try {
    return await work();
  } finally {
    execution.running--;
    execution.kick();
  }
}

/** A recorded value, each time a copy of its own. */
export async function loaded(execution: Execution, stored: Stored): Promise<unknown> {
  const text =
    "inline" in stored
      ? stored.inline
      : await counted(execution, async () => textOf(execution.context.ports, stored));
  return decode(text);
}

/** Loads the metadata that the program begins with. */
export async function loadMetadata(
  execution: Execution,
  {
    started,
    changed,
    addedUpTo,
  }: {
    readonly started: Stored | undefined;
    readonly changed?: Stored | undefined;
    readonly addedUpTo?: number | undefined;
  },
): Promise<void> {
  const stored = changed ?? started;
  const initial = stored === undefined ? {} : ((await loaded(execution, stored)) as Metadata);
  beginMetadata(execution, initial, addedUpTo);
  metadataOf(execution).isTouched = changed !== undefined;
}
