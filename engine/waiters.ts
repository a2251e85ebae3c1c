/**
 * Waiters: tokens that a delivery of a webhook ends.
 *
 * A delivery finds a waiter by its id, which is made of the endpoint and of what the delivery must have. Which sets of paths are
 * looked at is known from the tasks' source; sets that callers outside of runs name are kept in the store, under numbered ids.
 *
 * Owns:      the ids of waiters and of sets of paths, and how a waiter is canceled.
 * Invariant: a set is kept before the first waiter that needs it; none is ever taken away.
 */
import { decode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./hash.ts";
import { endUnclaimed } from "./head-write.ts";
import { isAwaited } from "./inbox.ts";
import { textOf } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";
import { startRun } from "./start.ts";
import { endToken } from "./token-ends.ts";
import { pathsTask, tokenPrefix } from "./token-task.ts";
import { createToken, never, readToken, type TokenRequest, waiterIdOf } from "./tokens.ts";

/** What a delivery must have, by path. */
export type Match = Readonly<Record<string, string | number | boolean>>;

/** What a waiter is made with. */
export interface WaiterRequest extends Omit<TokenRequest, "id"> {
  readonly endpoint: string;
  /** Without it the waiter has an address of its own, under this id. */
  readonly match?: Match | undefined;
  readonly id: string;
}

const tagOf = (endpoint: string): string => `webhook:${endpoint}`;

/** Is this the head of a waiter at this endpoint, or at any? */
export const isWaiter = ({ tags }: Run, endpoint = ""): boolean =>
  tags.some((tag) => (endpoint === "" ? tag.startsWith(tagOf("")) : tag === tagOf(endpoint)));

/** Makes a waiter, or finds the one for the same match or with the same key. */
export async function createWaiter(ports: Ports, request: WaiterRequest): Promise<Run> {
  const { endpoint, match, id, tags = [], ...rest } = request;
  const { head } = await createToken(ports, {
    ...rest,
    id: match === undefined ? id : waiterIdOf(endpoint, match),
    tags: [tagOf(endpoint), ...tags],
  });
  return head;
}

/** What became of a cancel. */
export type CanceledWaiter =
  | { readonly cancelled: true }
  | { readonly cancelled: false; readonly reason: "too_late"; readonly deliveryId: string };

const canceled = { name: "WebhookWaiterCancelledError", message: "The webhook waiter was canceled." };

/** Cancels a waiter, unless a delivery has come or its time is over. @throws HoldfastError HF208 */
export async function cancelWaiter(ports: Ports, id: string): Promise<CanceledWaiter> {
  const token = await readToken(ports, id);
  if (!isWaiter(token))
    throw new HoldfastError("HF208", `${id} is no waiter.`, "Give what webhooks.waiter.create() gave.");
  const { status, error, output } = await endToken(ports, token, (head, now) =>
    endUnclaimed("expired", now, canceled, isAwaited(head), head.news),
  );
  if (status === "EXPIRED" && error?.name === canceled.name) return { cancelled: true };
  const delivered = output === undefined ? undefined : decode(await textOf(ports, output));
  const { deliveryId = "" } = (delivered ?? {}) as { readonly deliveryId?: string };
  return { cancelled: false, reason: "too_late", deliveryId };
}

/** As many sets of paths callers may name for an endpoint. */
export const mostSets = 25;

const setIdOf = (endpoint: string, number: number): string =>
  `${tokenPrefix}${hashText(JSON.stringify([pathsTask, endpoint, number]), 24)}`;

const pathsIn = async (ports: Ports, { payload }: Run): Promise<readonly string[]> =>
  decode(await textOf(ports, payload)) as string[];

/** The sets of paths that callers have named for an endpoint: one read each, and one more. */
export async function keptPaths(ports: Ports, endpoint: string): Promise<readonly (readonly string[])[]> {
  const sets: (readonly string[])[] = [];
  while (sets.length < mostSets) {
    const head = await ports.store.read(setIdOf(endpoint, sets.length));
    if (head === undefined) break;
    sets.push(await pathsIn(ports, head));
  }
  return sets;
}

/** Keeps a set of paths, where it is not kept. False: there are as many as there may be. */
export async function keepPaths(ports: Ports, endpoint: string, paths: readonly string[]): Promise<boolean> {
  const sorted = [...paths].sort();
  const isSame = (set: readonly string[]): boolean => JSON.stringify(set) === JSON.stringify(sorted);
  const kept = await keptPaths(ports, endpoint);
  if (kept.some(isSame)) return true;
  for (let number = kept.length; number < mostSets; number++) {
    const id = setIdOf(endpoint, number);
    // No version of the code is kept for it.
    const wanted = { id, task: pathsTask, payload: sorted, codeVersion: "none", delayUntil: never };
    const { run } = await startRun(ports, { ...wanted, source: "api" });
    // Another caller may have been first with this number.
    if (isSame(await pathsIn(ports, run))) return true;
  }
  return false;
}
