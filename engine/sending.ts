/**
 * Sends a message to an input stream of a run, or chunks to a stream that others read of it: into its inbox, where they stay until a
 * pass takes them.
 *
 * Invariant: the same id is the same message, however often it is sent.
 */
import { encode, prepare } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./hash.ts";
import { keep } from "./new-run.ts";
import { sendAhead, sendResting } from "./notes.ts";
import type { InboxItem, Ports } from "./ports.ts";
import { isFinished, type Run, type Stored } from "./run.ts";
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

/** Chunks of a stream of another run. */
export interface SentChunks extends Omit<Sent, "data"> {
  readonly chunks: readonly unknown[];
}

/** The head of a run that can be told something. @throws HoldfastError HF208, HF209 */
async function openRun({ store }: Ports, id: string): Promise<Run> {
  const head = await store.read(id);
  if (head === undefined || hiddenTasks.includes(head.task))
    throw new HoldfastError("HF208", `There is no run ${id}.`, "Check the id.");
  if (!isFinished(head.status)) return head;
  throw new HoldfastError(
    "HF209",
    `Run ${id} is ${head.status}: nothing can be sent to it any more.`,
    "Send while it goes on.",
  );
}

const itemOf = (
  { to, stream, request }: Omit<Sent, "data">,
  more: { value: Stored; out?: true },
): InboxItem => ({
  id: `message:${hashText(`${to} ${stream} ${request}`, 24)}`,
  data: JSON.stringify({ stream, ...more }),
});

/** @throws HoldfastError HF208 for an unknown run, HF209 for one that has ended, HF301 and HF520 for what cannot be sent. */
export async function sendMessage(ports: Ports, { data, ...sent }: Sent): Promise<void> {
  await prepare(data);
  const { text } = encode(data);
  if (text.length > messageCharsMax)
    throw new HoldfastError(
      "HF520",
      `A message to the input stream ${sent.stream} has ${text.length} characters; 1,048,576 are allowed.`,
      "Keep large data elsewhere, and send their address.",
    );
  const head = await openRun(ports, sent.to);
  const item = itemOf(sent, { value: await keep(ports, text, inlineMax) });
  if (head.status === "DELAYED") return sendAhead(ports, head, item);
  await ports.store.send(head.id, item, ports.clock.now());
  ports.doorbell.ring(head.id);
}

/**
 * Writes chunks into another run's stream: they become a record of its journal, within a second or so where it waits, and nobody
 * in it takes them.
 * @throws HoldfastError HF208, HF209
 */
export async function sendChunks(ports: Ports, { chunks, ...sent }: SentChunks): Promise<void> {
  const head = await openRun(ports, sent.to);
  const { text } = encode({ stream: sent.stream, chunks });
  await sendResting(ports, head, itemOf(sent, { value: await keep(ports, text, inlineMax), out: true }));
}
