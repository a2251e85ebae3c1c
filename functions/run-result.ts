/**
 * How a run has ended, in the form that Trigger.dev's clients poll for: its output is a text.
 */
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { type LinkTo, outputView } from "./run-view.ts";

/** The result of a run that has ended. `link` makes a link to a large output. */
export async function runResult(ports: Ports, run: Run, link: LinkTo) {
  const { id, task: taskIdentifier, status } = run;
  const base = { id, taskIdentifier, usage: { durationMs: run.activeMs } };
  if (status !== "COMPLETED") {
    const { name, message, stack: stackTrace = "" } = run.error ?? { name: "Error", message: status };
    return { ok: false, ...base, error: { type: "BUILT_IN_ERROR", name, message, stackTrace } };
  }
  const { output, outputText, ...view } = await outputView(ports, run, link);
  const text = outputText ?? (output === undefined ? undefined : JSON.stringify(output));
  const { outputType = "application/json", ...more } = view;
  return { ok: true, ...base, ...(text === undefined ? {} : { output: text }), outputType, ...more };
}
