/**
 * How tokens end: completed by somebody, or because their time is over. Loaded with the first that does.
 *
 * Invariant: T1 a token ends once: by the first completion, or by its time-out. T2 whoever waits is told, however often
 *            processes die: `wakeAt` stays set until then.
 */
import { encode, prepare } from "./codec.ts";
import { tellOfEnd } from "./ending.ts";
import { endUnclaimed, type HeadWrite, settleToken } from "./head-write.ts";
import { isAwaited } from "./inbox.ts";
import { keep } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import { isFinished, type Run } from "./run.ts";
import { readToken } from "./tokens.ts";

/** A ring that comes this much too early is waited for. */
const shortMs = 1_000;

/**
 * Completes a token with a value; one that has ended stays as it is.
 * @throws HoldfastError HF208 for an unknown token, HF301 for a value that cannot be recorded
 */
export async function completeToken(ports: Ports, id: string, output: unknown): Promise<Run> {
  const token = await readToken(ports, id);
  await prepare(output);
  const stored = await keep(ports, encode(output).text);
  return endToken(ports, token, (head, now) => settleToken(now, head.news, stored, isAwaited(head)));
}

/** A ring for a token: its time may be over, or somebody may have to be told of its end. */
export async function tokenRung(ports: Ports, id: string): Promise<"finished" | "busy" | "unknown"> {
  const token = await ports.store.read(id);
  if (token === undefined) return "unknown";
  if (!isFinished(token.status)) {
    const rest = (token.delayedUntil ?? 0) - ports.clock.now();
    if (rest > shortMs) return "busy";
    if (rest > 0) await new Promise<void>((resolve) => void ports.clock.after(rest, resolve));
  }
  const error = { name: "WaitpointTimeoutError", message: `The token ${id} was not completed in time.` };
  await endToken(ports, token, (head, now) =>
    endUnclaimed("expired", now, error, isAwaited(head), head.news),
  );
  return "finished";
}

/** Ends a token that is open, and tells who waits for it. */
export async function endToken(
  ports: Ports,
  token: Run,
  write: (head: Run, now: number) => HeadWrite,
): Promise<Run> {
  for (let head = token; ; ) {
    if (isFinished(head.status)) {
      await tellOfEnd(ports, head);
      return head;
    }
    const { run } = await ports.store.write(head.id, write(head, ports.clock.now()));
    head = run ?? head;
  }
}
