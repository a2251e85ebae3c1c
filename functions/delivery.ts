/**
 * What a verified delivery of a provider comes to: the runs that it starts, and the waiters that it ends.
 *
 * Invariant: a delivery that comes again, whole or because it broke off half-way, finds the runs of the first.
 */
import { startRun } from "../engine/start.ts";
import { completeToken, waiterIdOf } from "../engine/tokens.ts";
import type { TokenVerifier } from "../sdk/webhook-verifiers.ts";
import { json, utf8 } from "./body.ts";
import type { HttpDeps, WebhookListing } from "./deps.ts";
import { payloadOf } from "./webhook.ts";
import { type Delivered, passes, valueAt } from "./webhook-filter.ts";
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

/** Starts the runs of a delivery and ends the waiters for it. */
export async function take(
  deps: HttpDeps,
  listing: WebhookListing,
  source: CheckedSource,
  delivered: Delivered,
): Promise<{ readonly runs: readonly DeliveredRun[]; readonly waiters: number }> {
  const { ports, code } = deps;
  const eventId = eventIdOf(source, delivered);
  const endpoint = { id: listing.id, declaredId: listing.id, metadata: {} };
  const whole = { ...delivered, endpoint };
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
  const output = { ...whole, deliveryId: eventId ?? ports.chance.id("whd_") };
  return { runs, waiters: await endWaiters(deps, listing.id, delivered, output) };
}

const isValue = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);

/** One read for each set of paths that the project's waiters match. */
async function endWaiters(
  { ports, code }: HttpDeps,
  endpoint: string,
  delivered: Delivered,
  output: object,
): Promise<number> {
  let ended = 0;
  for (const paths of code.matches?.() ?? []) {
    const match = paths.map((path) => [path, valueAt(delivered, path.split("."))] as const);
    if (!match.every(([, value]) => isValue(value))) continue;
    const id = waiterIdOf(endpoint, Object.fromEntries(match));
    if ((await ports.store.read(id)) === undefined) continue;
    await completeToken(ports, id, output);
    ended += 1;
  }
  return ended;
}
