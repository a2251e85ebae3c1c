/**
 * What a verified delivery of a provider comes to: the runs that it starts, and the waiters that it ends.
 *
 * Invariant: a delivery that comes again, whole or because it broke off half-way, finds the runs of the first.
 */
import { HoldfastError } from "../engine/errors.ts";
import { startRun } from "../engine/start.ts";
import { completeToken } from "../engine/token-ends.ts";
import { readToken } from "../engine/tokens.ts";
import { filterPath, isWaiter, keptPaths, type Match, waiterFilter, waiterIdsOf } from "../engine/waiters.ts";
import { type Delivered, type Filter, passes, valueAt } from "../filters/passes.ts";
import type { TokenVerifier } from "../sdk/webhook-verifiers.ts";
import { json, utf8 } from "./body.ts";
import type { HttpDeps, WebhookListing } from "./deps.ts";
import { payloadOf } from "./webhook.ts";
import { type CheckedSource, eventIdOf } from "./webhook-source.ts";

/** Headers that no run gets: credentials, signatures, and what the way here has added. */
const withheld =
  /^(authorization|cookie|proxy-authorization|connection|host|content-length|via|forwarded|x-forwarded-.*|x-amzn?-.*|.*signature.*|.*hmac.*|.*token.*|.*secret.*|.*api-?key.*)$/;

/** The event and the headers of a delivery whose signature is right. */
export function deliveredBy(
  { verifier }: CheckedSource,
  { headers, bytes }: { readonly headers: Headers; readonly bytes: Uint8Array },
): Delivered {
  const type = headers.get("content-type") ?? undefined;
  const shown = [...headers].filter(([name]) => !withheld.test(name));
  const formPayload = verifier.scheme === "hmac" ? verifier.formPayload : undefined;
  const form = formPayload !== undefined && /^application\/x-www-form-urlencoded/i.test(type ?? "");
  const event = form ? formEvent(bytes, formPayload.field) : payloadOf(type, bytes);
  if (verifier.scheme === "shared-secret") withhold(event, verifier);
  return { event, headers: Object.fromEntries(shown) };
}

/** A token that came in the body is no part of the event. */
function withhold(event: unknown, { placement, fieldName }: TokenVerifier): void {
  if (placement !== "body" || fieldName === undefined) return;
  const names = fieldName.split(".");
  const last = names.pop() ?? "";
  const place = valueAt({ event, headers: {} }, ["event", ...names]);
  if (typeof place === "object" && place !== null) Reflect.deleteProperty(place, last);
}

/** A form has JSON in one field, or is fields. */
function formEvent(bytes: Uint8Array, field: string): unknown {
  const fields = new URLSearchParams(utf8(bytes) ?? "");
  const text = fields.get(field);
  return text === null ? Object.fromEntries(fields) : json(new TextEncoder().encode(text));
}

/** What is answered at once where a provider only asks whether somebody is there; null: nothing; undefined: it is an event. */
export function handshake(
  { handshake: kind }: CheckedSource,
  { event, headers }: Delivered,
): object | null | undefined {
  const type = valueAt({ event, headers }, ["event", "type"]);
  if (kind === "discord" && type === 0) return null;
  if (kind === "github" && headers["x-github-event"] === "ping") return { ok: true };
  const challenge = valueAt({ event, headers }, ["event", "challenge"]);
  const isSlack = kind === "slack" && type === "url_verification";
  return isSlack && typeof challenge === "string" ? { challenge } : undefined;
}

/** A run that a delivery has started, or had started before. */
export interface DeliveredRun {
  readonly id: string;
  readonly isCached: boolean;
  readonly taskIdentifier: string;
}

/** What a waiter gets. */
const outputOf = (id: string, delivered: Delivered, deliveryId: string): object => ({
  ...delivered,
  endpoint: { id, declaredId: id, metadata: {} },
  deliveryId,
});

/** Ends the one waiter that has this address, where its filter lets the delivery pass: has it? @throws HoldfastError HF208 for one that there is not at this endpoint */
export async function endWaiter(
  { ports }: HttpDeps,
  { id: endpoint }: WebhookListing,
  { source, delivered, waiterId }: { source: CheckedSource; delivered: Delivered; waiterId: string },
): Promise<boolean> {
  const head = await readToken(ports, waiterId);
  if (!isWaiter(head, endpoint))
    throw new HoldfastError(
      "HF208",
      `${waiterId} is no waiter of this endpoint.`,
      "Send to the waiter's own url.",
    );
  if (!passes((await waiterFilter(ports, head)) as Filter | undefined, delivered)) return false;
  const deliveryId = eventIdOf(source, delivered) ?? ports.chance.id("whd_");
  await completeToken(ports, waiterId, outputOf(endpoint, delivered, deliveryId));
  return true;
}

/** Starts the runs of a delivery and ends the waiters for it. */
export async function take(
  deps: HttpDeps,
  listing: WebhookListing,
  source: CheckedSource,
  delivered: Delivered,
): Promise<{ readonly runs: readonly DeliveredRun[]; readonly waiters: number }> {
  const { ports, code } = deps;
  const eventId = eventIdOf(source, delivered);
  const output = outputOf(listing.id, delivered, eventId ?? ports.chance.id("whd_"));
  const { deliveryId: _, ...whole } = output as { readonly deliveryId: string };
  const runs: DeliveredRun[] = [];
  for (const { id: task, filter, isBare } of listing.tasks) {
    if (!passes(filter, delivered)) continue;
    const { id, isCached } = await startRun(ports, {
      task,
      payload: isBare ? delivered.event : whole,
      codeVersion: code.version(),
      source: "webhook",
      ...(eventId === undefined ? {} : { idempotencyKey: eventId }),
    });
    runs.push({ id, isCached, taskIdentifier: task });
  }
  return { runs, waiters: await endWaiters(deps, listing, delivered, output) };
}

/** Was the address defined by itself, for whoever waits there, too? Else it is a task's own. */
export const isDefined = ({ id, tasks }: WebhookListing): boolean => !tasks.some((task) => task.id === id);

const isValue = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);

/** One read for each set of paths that the project's waiters match, and those of callers outside of runs; ten where they have filters. */
async function endWaiters(
  { ports, code }: HttpDeps,
  listing: WebhookListing,
  delivered: Delivered,
  output: object,
): Promise<number> {
  let ended = 0;
  const { id: endpoint } = listing;
  const kept = isDefined(listing) ? await keptPaths(ports, endpoint) : [];
  const sets = [...(code.matches?.() ?? []), ...kept];
  for (const paths of new Map(sets.map((set) => [JSON.stringify(set), set])).values()) {
    const names = paths.filter((path) => path !== filterPath);
    const match = names.map((path) => [path, valueAt(delivered, path.split("."))] as const);
    if (!match.every(([, value]) => isValue(value))) continue;
    const ids = waiterIdsOf(endpoint, Object.fromEntries(match) as Match, names.length < paths.length);
    for (const head of await Promise.all(ids.map((id) => ports.store.read(id)))) {
      if (head === undefined) continue;
      if (!passes((await waiterFilter(ports, head)) as Filter | undefined, delivered)) continue;
      await completeToken(ports, head.id, output);
      ended += 1;
    }
  }
  return ended;
}
