/**
 * Requests of callers that IAM has let in: the api function invoked directly, with no key.
 *
 * Owns:      the form of the event, and how the two kinds of events are told apart.
 * Never:     takes an event of API Gateway for one of these. API Gateway writes an event's members itself and puts what its
 *            caller sends below them (headers, path, query, cookies, body): a caller over HTTP has no say in which members
 *            there are, and `requestContext` always is one.
 * Invariant: who invokes the function holds `lambda:InvokeFunction` on it; the function's own policy lets in API Gateway alone.
 */
import * as z from "zod";
import { HoldfastError } from "../engine/errors.ts";
import type { HttpEvent } from "./http.ts";

/** A request as a member of the account invokes the api function with. */
const form = z.strictObject({
  holdfast: z.literal("request"),
  method: z.enum(["GET", "POST", "PUT", "DELETE"]),
  /** Path and query. */
  path: z.string().regex(/^\/(api|realtime)\//),
  headers: z.record(z.string(), z.string()),
  body: z.optional(z.string()),
});

/** The event that a caller sends (`functions/aws/transport.ts`). */
export type Invocation = z.infer<typeof form>;

/** Did this come through API Gateway? */
export const isHttpEvent = (event: unknown): event is HttpEvent =>
  typeof event === "object" && event !== null && "requestContext" in event;

/** The request of an event that did not come through API Gateway. @throws HoldfastError HF213 */
export function invokedRequest(event: unknown): Request {
  const found = form.safeParse(event);
  if (!found.success) {
    const fields = found.error.issues.map(({ path, message }) => `${path.join(".") || "event"}: ${message}`);
    const fix = "Invoke this function with awsTransport of holdfast/aws, or call it by its URL.";
    throw new HoldfastError(
      "HF213",
      `The api was invoked with something else than a request. ${fields.join(" ")}`,
      fix,
    );
  }
  const { method, path, headers, body } = found.data;
  const hasBody = body !== undefined && method !== "GET";
  return new Request(`https://holdfast.invalid${path}`, { method, headers, ...(hasBody ? { body } : {}) });
}
