/**
 * Payloads that Trigger.dev's client uploads apart from its trigger: those of 128 KB or more.
 *
 * An upload is a head like a token's: made with a secret, which its link has; settled by what is put there; read by the trigger that
 * names it. So it lies in the same stores, is sealed, ends by the same timer and is erased by the same rules.
 *
 * Invariant: U1 a link takes one value, within an hour. U2 the trigger that has made its run of it erases it: who erases that run
 *            leaves no copy. One that nobody uses goes as ended runs go.
 */
import { decode, encode, prepare } from "../engine/codec.ts";
import { HoldfastError } from "../engine/errors.ts";
import { hashText } from "../engine/hash.ts";
import { settleToken } from "../engine/head-write.ts";
import { keep, textOf } from "../engine/new-run.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { startRun } from "../engine/start.ts";
import { endToken } from "../engine/token-ends.ts";
import { tokenPrefix, uploadTask } from "../engine/token-task.ts";
import { isTokenId, secretOf } from "../engine/tokens.ts";
import type { HttpDeps } from "./deps.ts";
import { eraseRun } from "./erasing.ts";
import { errorFields } from "./log.ts";
import { sameText } from "./same-text.ts";

/** How long a link takes a value. */
const linkMs = 3_600_000;

/** Who has a token for one use uploads no more than that: else it would pay for nothing that it stores. */
const perTokenMost = 10;

/**
 * Makes an upload: its id, which the trigger names, and the secret that its link has. `once`: of a public token that is for one use.
 * @throws HoldfastError HF216 where such a token has asked too often
 */
export async function newUpload(
  ports: Ports,
  codeVersion: string,
  once: string | undefined,
): Promise<{ readonly id: string; readonly secret: string }> {
  if (once === undefined) return made(ports, codeVersion, ports.chance.id(tokenPrefix));
  for (let count = 0; count < perTokenMost; count++) {
    const id = `${tokenPrefix}${hashText(`upload ${once} ${count}`, 24)}`;
    if ((await ports.store.read(id)) === undefined) return made(ports, codeVersion, id);
  }
  const what = `The public token is for one use, and has asked for ${perTokenMost} uploads.`;
  throw new HoldfastError("HF216", what, "Ask your backend for one with { multipleUse: true }.");
}

async function made(ports: Ports, codeVersion: string, id: string) {
  const { run } = await startRun(ports, {
    id,
    task: uploadTask,
    payload: ports.chance.id("") + ports.chance.id(""),
    codeVersion,
    source: "api",
    delayUntil: ports.clock.now() + linkMs,
  });
  return { id: run.id, secret: await secretOf(ports, run) };
}

const linkIsOver = (): HoldfastError =>
  new HoldfastError("HF202", "The link is not valid, or it has ended.", "Ask for another one.");

const uploadOf = async (ports: Ports, id: string) => {
  const found = isTokenId(id) ? await ports.store.read(id) : undefined;
  return found?.task === uploadTask ? found : undefined;
};

/** The upload whose secret this is. @throws HoldfastError HF202 */
export async function uploadBy(ports: Ports, id: string, secret: string): Promise<Run> {
  const head = await uploadOf(ports, id);
  // An unknown upload is as good as a wrong secret.
  const isRight = sameText(secret, head === undefined ? "-" : await secretOf(ports, head));
  if (head === undefined || !isRight) throw linkIsOver();
  return head;
}

/** Keeps the value of an upload; one that has its value keeps that. @throws HoldfastError HF202 where its time is over */
export async function fill(ports: Ports, head: Run, value: unknown): Promise<void> {
  // The timer may not have been there yet.
  if (head.status === "DELAYED" && (head.delayedUntil ?? 0) <= ports.clock.now()) throw linkIsOver();
  await prepare(value);
  const stored = await keep(ports, encode(value).text);
  const { status } = await endToken(ports, head, ({ news }, now) => settleToken(now, news, stored, false));
  if (status !== "COMPLETED") throw linkIsOver();
}

/**
 * The value of an upload. `made`: the id of the run that the request makes. Where it has made it, and its answer was lost, the
 * value is that run's.
 * @throws HoldfastError HF208
 */
export async function uploaded(ports: Ports, id: string, made: string | undefined): Promise<unknown> {
  const head = await uploadOf(ports, id);
  if (head?.output !== undefined) return decode(await textOf(ports, head.output));
  const run = made === undefined ? undefined : await ports.store.read(made);
  if (run !== undefined) return decode(await textOf(ports, run.payload));
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new HoldfastError(
    "HF208",
    `There is no upload ${shown}: nothing came to its link, or a run was made of it, or it was erased.`,
    "Trigger again: the client uploads the payload anew.",
  );
}

/**
 * Erases an upload of which a run was made. What keeps it from that is written down; the rules for ended runs take it then. One
 * whose run was there before, by a key of its caller's, is left: its request could not be sent again.
 */
export async function usedUp(
  { ports, erasing, log }: HttpDeps,
  id: string | undefined,
  started: { readonly id: string; readonly isCached: boolean },
  made: string | undefined,
): Promise<void> {
  const isOfIt = made === undefined ? !started.isCached : started.id === made;
  if (id === undefined || !isOfIt) return;
  try {
    const head = await uploadOf(ports, id);
    if (head !== undefined) await eraseRun(erasing, head, () => true);
  } catch (error) {
    log.warn("An upload is kept as ended runs are: it could not be erased at once.", {
      upload: id,
      ...errorFields(error),
    });
  }
}
