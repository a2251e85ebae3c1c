/**
 * `streams.input`: data that others send to a run while it goes on.
 */
import { HoldfastError } from "../engine/errors.ts";
import { clientConfig } from "./config.ts";
import type { RealtimeDefinedInputStream } from "./input-stream-forms.ts";
import { durable, needInputs } from "./link.ts";
import { sendBy } from "./send-input.ts";
import { onlyInside } from "./task.ts";

function outside(): never {
  throw new Error("inputStream.wait() can only be used from inside a task.run()");
}

/** Promises that come to nothing, as `wait` gives them. */
function rejecting(): Promise<never> & { unwrap(): Promise<never> } {
  const ended = new Promise<never>(outside);
  return Object.assign(ended, { unwrap: () => ended });
}

/** @throws HoldfastError HF520 for one that is first defined within a run, and for an id that is none */
export function inputStream<Data>({ id }: { readonly id: string }): RealtimeDefinedInputStream<Data> {
  if (typeof id !== "string" || id === "")
    throw new HoldfastError("HF520", "The input stream has no id.", 'Give { id: "approval" }.');
  if (needInputs())
    throw new HoldfastError(
      "HF520",
      `The input stream ${id} was defined within a run.`,
      "Call streams.input() at the top of the file.",
    );
  const inRun = <F extends (...args: never[]) => unknown>(name: string, otherwise: () => never): F =>
    durable(`inputs.${name}`, [id], otherwise as unknown as F);
  return {
    id,
    on: inRun("on", () => onlyInside("inputStream.on()")),
    once: inRun("once", () => onlyInside("inputStream.once()")),
    peek: inRun("peek", () => onlyInside("inputStream.peek()")),
    wait: inRun("wait", rejecting as unknown as () => never),
    waitWithIdleTimeout: inRun("idle", rejecting as unknown as () => never),
    send: durable("inputs.send", [id], async (runId: string, data: Data) =>
      sendBy(clientConfig(), runId, id, data),
    ),
  };
}
