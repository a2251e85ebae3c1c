/**
 * Waiters for a delivery, inside a run: a token whose id is made of the endpoint and of what the delivery must have, so that
 * the delivery finds it without a list.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { timeoutOf } from "../engine/tokens.ts";
import { type CanceledWaiter, cancelWaiter, createWaiter } from "../engine/waiters.ts";
import { clientConfig } from "./config.ts";
import { startOptions } from "./start-options.ts";
import { waiterPath } from "./token-address.ts";
import { tokenId } from "./tokens.ts";
import { waiterFilterOf } from "./waiter-filter.ts";
import { checkMatch, waitsUntil } from "./waiter-options.ts";
import type { CreateWebhookWaiterOptions, WebhookWaiter } from "./webhooks.ts";

const known = ["match", "filter", "timeout", "tags", "idempotencyKey", "idempotencyKeyTTL"];

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF510", what, fix);
}

function checkOptions(options: unknown = {}): CreateWebhookWaiterOptions {
  if (typeof options !== "object" || options === null)
    return refuse(
      `The waiter's options are ${String(options)}.`,
      'Give { match: { "event.id": … }, timeout: "1h" }.',
    );
  const strange = Object.keys(options).find((name) => !known.includes(name));
  if (strange !== undefined)
    return refuse(`The waiter's option "${strange}" is not supported.`, `Supported: ${known.join(", ")}.`);
  return options as CreateWebhookWaiterOptions;
}

function idOf(endpoint: unknown): string {
  const id = typeof endpoint === "object" && endpoint !== null ? (endpoint as { id?: unknown }).id : endpoint;
  if (typeof id === "string" && id !== "") return id;
  return refuse("The waiter's endpoint is none.", "Give what webhooks.endpoint.define() gave.");
}

/** Makes a waiter for this run. `id`: its own, where it has an address of its own. */
export async function createInRun(
  ports: Ports,
  run: Run,
  id: string,
  args: readonly unknown[],
): Promise<WebhookWaiter> {
  const endpoint = idOf(args[0]);
  const { match, filter, timeout, ...rest } = checkOptions(args[1]);
  const now = ports.clock.now();
  const timeoutAt = waitsUntil(timeout, now);
  const head = await createWaiter(ports, {
    ...startOptions(rest, { now, runId: run.id }),
    ...(match === undefined ? {} : { match: checkMatch(match) }),
    ...{ id, endpoint, filter: waiterFilterOf(filter), codeVersion: run.codeVersion, timeoutAt },
  });
  const expiresAt = new Date(timeoutOf(head) ?? timeoutAt);
  const url = `${clientConfig().baseUrl.replace(/\/+$/, "")}${waiterPath(endpoint, head.id)}`;
  const isCached = head.createdAt < now;
  return { id: head.id, expiresAt, isCached, ...(match === undefined ? { url } : {}) };
}

/** Cancels a waiter. */
export const cancelInRun = (ports: Ports, args: readonly unknown[]): Promise<CanceledWaiter> =>
  cancelWaiter(ports, tokenId(args[0]));
