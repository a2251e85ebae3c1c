/**
 * A pass from the outside: claim, read, work.
 */
import { readJournal, takeLease } from "./claim.ts";
import { tellOfEnd } from "./ending.ts";
import { Pass } from "./pass.ts";
import type { PassEnd, PassOptions } from "./pass-options.ts";
import type { Ports } from "./ports.ts";
import { onVersion } from "./secret-pin.ts";
import { isTokenId } from "./tokens.ts";

/** Works on a run: claims it, goes on from its journal, and gives it back. */
export async function passOver(
  outside: Ports,
  options: PassOptions,
  onLive: (pass: Pass) => void,
): Promise<PassEnd> {
  const { runId, findTask } = options;
  const ports = { ...outside, hasEndHooks: (task: string) => findTask(task)?.hearsOfEnds === true };
  if (isTokenId(runId)) {
    const { tokenRung } = await import("./token-ends.ts");
    return { outcome: await tokenRung(ports, runId), runId };
  }
  const claimed = await takeLease(ports, options);
  if (claimed === "busy" || claimed === "unknown") return { outcome: claimed, runId };
  if ("finished" in claimed) {
    await tellOfEnd(ports, claimed.finished);
    return { outcome: "finished", runId };
  }
  const run = await onVersion(ports, claimed.run, claimed.lease, options.secrets);
  if (typeof run === "string") return { outcome: run, runId };
  const journal = await readJournal(ports, run, claimed.lease);
  if (journal === undefined) return { outcome: "superseded", runId };
  const pass = new Pass(ports, options, run, claimed.lease, journal);
  onLive(pass);
  return pass.work();
}
