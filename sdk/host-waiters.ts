/**
 * Waiters for a delivery, inside a run: a token whose id is made of the endpoint and of what the delivery must have, so that
 * the delivery finds it without a list.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { createToken, timeoutOf, waiterIdOf } from "../engine/tokens.ts";
import { askUnit } from "../engine/unit.ts";
import { instantMs } from "./duration.ts";
import { checkTags } from "./start-options.ts";
import type { CreateWebhookWaiterOptions, WebhookWaiter } from "./webhooks.ts";

const mostPaths = 5;
const longestMs = 90 * 86_400_000;
const known = ["match", "timeout", "tags"];

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF510", what, fix);
}

const isValue = (value: unknown): boolean =>
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value));

/** @throws HoldfastError HF510 */
function checkMatch(match: unknown): CreateWebhookWaiterOptions["match"] {
  const parts = typeof match === "object" && match !== null ? Object.entries(match) : [];
  if (parts.length === 0 || parts.length > mostPaths)
    return refuse(`The waiter has ${parts.length} values to match.`, `Give 1 to ${mostPaths} of them.`);
  const wrong = parts.find(([path, value]) => !/^(event|header)\../.test(path) || !isValue(value));
  if (wrong === undefined) return match as CreateWebhookWaiterOptions["match"];
  const fix =
    'Write { "event.data.object.id": "pi_1" }: a path in the event or a header, and a text, number or boolean.';
  return refuse(`The waiter cannot match ${JSON.stringify(wrong[0])}.`, fix);
}

function checkOptions(options: unknown): CreateWebhookWaiterOptions {
  if (typeof options !== "object" || options === null)
    return refuse("The waiter has no options.", 'Give { match: { "event.id": … }, timeout: "1h" }.');
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

function create(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { ports, run } = frame.execution.context;
  const invoke = async (): Promise<WebhookWaiter> => {
    const endpoint = idOf(args[0]);
    const { match, timeout = "24h", tags } = checkOptions(args[1]);
    const now = ports.clock.now();
    const timeoutAt = instantMs(timeout as string, now);
    if (timeoutAt > now + longestMs) refuse("The waiter would wait for more than 90 days.", "Give less.");
    const { head } = await createToken(ports, {
      id: waiterIdOf(endpoint, checkMatch(match)),
      codeVersion: run.codeVersion,
      timeoutAt,
      ...(tags === undefined ? {} : { tags: checkTags(tags) }),
    });
    const expiresAt = new Date(timeoutOf(head) ?? timeoutAt);
    return { id: head.id, expiresAt, isCached: head.createdAt < now };
  };
  const place = { name: site.name, at: site.at };
  return know(askUnit(frame, frame.next(site.id), { sort: "step", place, args, invoke }));
}

/** What the SDK's functions do, by name. */
export const waiterFunctions = { "webhooks.waiter.create": create };
