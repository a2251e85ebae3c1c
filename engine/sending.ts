/**
 * Sends a message to an input stream of a run: into its inbox, where it stays until a pass takes it.
 *
 * Invariant: the same id is the same message, however often it is sent.
 */
import { encode, prepare } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./hash.ts";
import { keep } from "./new-run.ts";
import { sendAhead } from "./notes.ts";
import type { Ports } from "./ports.ts";
import { isFinished } from "./run.ts";
import { hiddenTasks } from "./token-task.ts";

/** As text; Trigger.dev's 1 MB. */
const messageCharsMax = 1024 * 1024;

/** More does not go into the inbox itself. */
const inlineMax = 16 * 1024;

/** A message, and where it goes. */
export interface Sent {
  readonly to: string;
  readonly stream: string;
  readonly data: unknown;
  /** Who sends it again, says the same. */
  readonly request: string;
}

/** @throws HoldfastError HF208 for an unknown run, HF209 for one that has ended, HF301 and HF520 for what cannot be sent. */
export async function sendMessage(ports: Ports, { to, stream, data, request }: Sent): Promise<void> {
  await prepare(data);
  const { text } = encode(data);
  if (text.length > messageCharsMax)
    throw new HoldfastError(
      "HF520",
      `A message to the input stream ${stream} has ${text.length} characters; 1,048,576 are allowed.`,
      "Keep large data elsewhere, and send their address.",
    );
  const head = await ports.store.read(to);
  if (head === undefined || hiddenTasks.includes(head.task))
    throw new HoldfastError("HF208", `There is no run ${to}.`, "Check the id.");
  if (isFinished(head.status))
    throw new HoldfastError(
      "HF209",
      `Run ${to} is ${head.status}: nothing can be sent to it any more.`,
      "Send while it goes on.",
    );
  const value = await keep(ports, text, inlineMax);
  const id = `message:${hashText(`${to} ${stream} ${request}`, 24)}`;
  const item = { id, data: JSON.stringify({ stream, value }) };
  if (head.status === "DELAYED") return sendAhead(ports, head, item);
  await ports.store.send(to, item, ports.clock.now());
  ports.doorbell.ring(to);
}
