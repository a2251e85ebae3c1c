/**
 * The payload of a trigger, by what it is said to be: Holdfast's own text, or what Trigger.dev's client sends.
 */
import * as z from "zod";
import { decode } from "../engine/codec.ts";
import type { Ports } from "../engine/ports.ts";
import { checked, FormError } from "./problem.ts";
import { codecType } from "./run-view.ts";
import { uploaded } from "./uploads.ts";

/** How Trigger.dev's client says that it has wrapped a payload. */
const superJson = "application/super+json";
/** How it says that it has uploaded it. */
const uploadedType = "application/store";

/** What its client calls a payload. */
export const clientTypes = ["application/json", superJson, "text/plain", uploadedType] as const;

/** A value of a body, by its type. `name`: the field. @throws FormError HF207 */
export function payloadIn(payload: unknown, type: string | undefined, name = "payload"): unknown {
  if (type !== codecType) return payload;
  try {
    if (typeof payload === "string") return decode(payload);
  } catch {
    // Refused below; what the codec says of a hostile text is no help.
  }
  const issue = { path: name, message: `Is not a text of ${codecType}.` };
  throw new FormError(
    `The body does not have the expected form. ${name}: ${issue.message}`,
    `Send plain JSON, without ${name}Type.`,
    [issue],
  );
}

const superForm = z.strictObject({
  json: z.unknown().optional(),
  meta: z.record(z.string(), z.unknown()).optional(),
});

/**
 * The payload of Trigger.dev's own client: JSON, wrapped, as text; `meta` says what JSON cannot carry (dates, maps, bigints …).
 * What reads that is loaded when there is any.
 * @throws FormError HF207
 */
async function plainIn(payload: unknown): Promise<unknown> {
  let wrapped = payload;
  try {
    if (typeof payload === "string") wrapped = JSON.parse(payload);
  } catch {
    // Refused by the form.
  }
  const { json, meta } = checked(superForm, wrapped, "body");
  if (meta === undefined) return json;
  try {
    const { deserialize } = await import("superjson");
    return deserialize({ json, meta } as Parameters<typeof deserialize>[0]);
  } catch {
    const issue = { path: "payload", message: `Is not a text of ${superJson}.` };
    throw new FormError(
      `The body does not have the expected form. payload: ${issue.message}`,
      "Send plain JSON.",
      [issue],
    );
  }
}

/** A payload that Trigger.dev's client has sent, or uploaded before. `made`: the id of the run that the request makes. @throws FormError HF207, HoldfastError HF208 */
export async function clientPayload(
  ports: Ports,
  payload: unknown,
  type: (typeof clientTypes)[number] | undefined,
  made: string | undefined,
): Promise<unknown> {
  if (type === uploadedType) return uploaded(ports, String(payload), made);
  return type === superJson ? plainIn(payload) : payload;
}

/** The upload that a payload is. */
export const uploadIn = (
  payload: unknown,
  type: (typeof clientTypes)[number] | undefined,
): string | undefined => (type === uploadedType ? String(payload) : undefined);

/** What is in the body of an upload. `type`: its content type. @throws FormError HF207, HoldfastError HF201 */
export const uploadedBody = async (type: string | undefined, body: unknown): Promise<unknown> =>
  type?.startsWith(superJson) === true ? plainIn(body) : body;
