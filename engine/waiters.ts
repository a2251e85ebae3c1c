/**
 * Waiters: tokens that a delivery of a webhook ends.
 *
 * A delivery finds a waiter by its id, which is made of the endpoint and of what the delivery must have. Which sets of paths are
 * looked at is known from the tasks' source; sets that callers outside of runs name are kept in the store, under numbered ids.
 * Waiters with the same match and filters of their own are under numbered ids, too: a set with `filterPath` tells that there may be any.
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
  /** What a delivery must pass besides; data that mean nothing here. */
  readonly filter?: unknown;
  readonly id: string;
}

const tagOf = (endpoint: string): string => `webhook:${endpoint}`;

/** Is this the head of a waiter at this endpoint, or at any? */
export const isWaiter = ({ tags }: Run, endpoint = ""): boolean =>
  tags.some((tag) => (endpoint === "" ? tag.startsWith(tagOf("")) : tag === tagOf(endpoint)));

/** As many filters the waiters with one match may have, those that have ended and are still kept among them. */
const mostFilters = 10;

/** Stands in a set of paths for the filter of a waiter's own. */
export const filterPath = "filter";

/** The ids of the waiters that a delivery may end which has these values. */
export const waiterIdsOf = (endpoint: string, match: Match, isFiltered: boolean): readonly string[] =>
  isFiltered
    ? Array.from({ length: mostFilters }, (_, n) => waiterIdOf(endpoint, { ...match, [filterPath]: n }))
    : [waiterIdOf(endpoint, match)];

/** The filter of a waiter's own, as it was given. */
export async function waiterFilter(ports: Ports, { metadata }: Run): Promise<unknown> {
  return metadata === undefined
    ? undefined
    : (decode(await textOf(ports, metadata)) as { filter?: unknown }).filter;
}

/** Makes a waiter, or finds the one for the same match and filter, or with the same key. @throws HoldfastError HF510 */
export async function createWaiter(ports: Ports, request: WaiterRequest): Promise<Run> {
  const { endpoint, match, filter, id: own, tags = [], ...rest } = request;
  const isFiltered = filter !== undefined;
  const isSame = async (head: Run): Promise<boolean> =>
    JSON.stringify(await waiterFilter(ports, head)) === JSON.stringify(filter);
  const ids = match === undefined ? [own] : waiterIdsOf(endpoint, match, isFiltered);
  for (const id of ids) {
    const kept = isFiltered && match !== undefined ? await ports.store.read(id) : undefined;
    if (kept !== undefined && !(await isSame(kept))) continue;
    const token = {
      ...rest,
      id,
      tags: [tagOf(endpoint), ...tags],
      ...(isFiltered ? { metadata: { filter } } : {}),
    };
    const { head } = await createToken(ports, token);
    // Another filter may have been first with this number.
    if (head.id !== id || !isFiltered || (await isSame(head))) return head;
  }
  const fix = "Put what the filters compare into match.";
  throw new HoldfastError(
    "HF510",
    `There are waiters with ${mostFilters} other filters for the same match.`,
    fix,
  );
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
