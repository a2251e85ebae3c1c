/**
 * `Response`, `Request` and `Blob`: reads their bodies ahead of encoding, and makes them again with their bodies.
 *
 * Owns:      the bodies read so far, by object (weakly); the body limit.
 * Invariant: the value itself is not used up: a copy is read. A revived one can be recorded again at once.
 */
import { isBegun, isBodyStream, reviveStream } from "./codec-body-stream.ts";
import { HoldfastError } from "./errors.ts";
import { isEventStream, memberOf } from "./live-values.ts";
import { noteOwnStream } from "./web-streams.ts";

/** Bodies above this size are not recorded (HF302). */
const bodyLimit = 8 * 1024 * 1024;

/** The values that have a body which is read asynchronously. */
export type BodyKind = "response" | "request" | "blob" | "stream";
type Body = Uint8Array | "none" | "used";
type Source = Response | Request | Blob;

const bodies = new WeakMap<object, Body>();
const kinds: Readonly<Record<string, BodyKind>> = {
  Response: "response",
  Request: "request",
  Blob: "blob",
  File: "blob",
};

/** Which of them a value is; other implementations of fetch (undici's, node-fetch's) count too. */
export function bodyKind(value: object): BodyKind | undefined {
  const tag = memberOf(value, Symbol.toStringTag);
  const kind = typeof tag === "string" && Object.hasOwn(kinds, tag) ? kinds[tag] : undefined;
  if (kind === undefined && isBodyStream(value)) return "stream";
  if (kind === undefined || typeof memberOf(value, "arrayBuffer") !== "function") return undefined;
  if (Object.hasOwn(value, Symbol.toStringTag) || isEventStream(value)) return undefined;
  return kind;
}

/** Has its body not been read yet? */
export const isUnread = (value: object): boolean => !bodies.has(value);

function tooLarge(what: string): HoldfastError {
  return new HoldfastError(
    "HF302",
    `The body of a ${what} is larger than ${bodyLimit / 1024 / 1024} MB.`,
    "Keep large bodies out of the run: stream them to a file or a bucket inside one call and return where it is.",
  );
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** Reads a stream by hand: leaving a `for await` early would wait for the other half of the copy, for ever. */
async function readStream(stream: AsyncIterable<Uint8Array>, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream[Symbol.asyncIterator]();
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
    size += next.value.byteLength;
    if (size > bodyLimit) {
      void reader.return?.()?.catch(() => undefined);
      throw tooLarge(what);
    }
    chunks.push(next.value);
  }
  return joined(chunks, size);
}

/** Reads the body of a value and remembers it. */
export async function readBody(value: object, kind: BodyKind): Promise<void> {
  const source = value as Source;
  if (kind === "blob") {
    const blob = source as Blob;
    if (blob.size > bodyLimit) throw tooLarge("Blob");
    bodies.set(value, new Uint8Array(await blob.arrayBuffer()));
    return;
  }
  if (kind === "stream") {
    const stream = value as AsyncIterable<Uint8Array>;
    bodies.set(value, isBegun(value) ? "used" : await readStream(stream, "body"));
    return;
  }
  const holder = source as Response;
  if (holder.body === null || holder.bodyUsed) {
    bodies.set(value, holder.bodyUsed ? "used" : "none");
    return;
  }
  const what = kind === "response" ? "Response" : "Request";
  const copy = holder.clone();
  try {
    bodies.set(value, await readStream(copy.body as unknown as AsyncIterable<Uint8Array>, what));
  } catch (error) {
    // Both halves have to be given up, or the connection stays open.
    void Promise.resolve(holder.body?.cancel?.()).catch(() => undefined);
    throw error;
  }
}

/** A body as it is recorded: text where it is UTF-8, so that journals can be read; false: it is gone. */
function recorded(value: object): string | Uint8Array | null | false {
  const body = bodies.get(value) ?? ((value as Partial<Response>).body === null ? "none" : "used");
  if (body === "none") return null;
  if (body === "used") return false;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return body;
  }
}

type Pairs = [string, string][];
type Parts = Record<string, unknown>;

const pairsOf = (headers: Headers): Pairs => [...headers] as Pairs;

/** The parts of a value whose body has been read; the recorded form is `[parts, body]`. */
export function bodyParts(value: object, kind: BodyKind): [Parts, string | Uint8Array | null | false] {
  if (kind === "blob") {
    const file = value as File;
    const named = typeof file.name === "string" ? { name: file.name, modified: file.lastModified } : {};
    return [{ type: file.type, ...named }, recorded(value)];
  }
  if (kind === "stream") return [{}, recorded(value)];
  if (kind === "request") {
    const { url, method, headers, redirect, credentials, cache } = value as Request;
    return [{ url, method, headers: pairsOf(headers), redirect, credentials, cache }, recorded(value)];
  }
  const { status, statusText, headers, url, redirected, type } = value as Response;
  const rare = {
    ...(url ? { url } : {}),
    ...(redirected ? { redirected } : {}),
    ...(type === "default" ? {} : { type }),
  };
  return [{ status, statusText, headers: pairsOf(headers), ...rare }, recorded(value)];
}

const textOf = (part: unknown, otherwise = ""): string => (typeof part === "string" ? part : otherwise);

function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof body === "string") return new TextEncoder().encode(body);
  return body instanceof Uint8Array ? new Uint8Array(body) : null;
}

function remember(value: object, bytes: Uint8Array | null, body: unknown): void {
  bodies.set(value, bytes ?? (body === false ? "used" : "none"));
}

const withoutBody = new Set([101, 103, 204, 205, 304]);

function reviveResponse(parts: Parts, body: unknown): Response {
  const bytes = bytesOf(body);
  const status = typeof parts.status === "number" ? parts.status : 200;
  const possible = status >= 200 && status <= 599;
  const response = new Response(withoutBody.has(status) ? null : body === false ? "" : bytes, {
    status: possible ? status : 200,
    statusText: textOf(parts.statusText),
    headers: parts.headers as Pairs,
  });
  const fixed: Record<string, unknown> = {
    url: textOf(parts.url),
    redirected: parts.redirected === true,
    type: textOf(parts.type, "default"),
    ...(possible ? {} : { status, ok: false }),
    clone: () => {
      if (response.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
      return reviveResponse(parts, body);
    },
  };
  for (const [key, value] of Object.entries(fixed))
    Object.defineProperty(response, key, { value, configurable: true, writable: true });
  const stream = (): unknown => {
    const own: unknown = Reflect.get(Response.prototype, "body", response);
    noteOwnStream(own);
    return own;
  };
  Object.defineProperty(response, "body", { get: stream, configurable: true });
  // Its body had been read before it was recorded: reading it again fails as it did then.
  if (body === false) void response.body?.cancel();
  remember(response, bytes, body);
  return response;
}

function reviveRequest(parts: Parts, body: unknown): Request {
  const bytes = bytesOf(body);
  const request = new Request(textOf(parts.url), {
    method: textOf(parts.method, "GET"),
    headers: parts.headers as Pairs,
    redirect: parts.redirect as RequestRedirect,
    credentials: parts.credentials as RequestCredentials,
    cache: parts.cache as RequestCache,
    ...(bytes === null ? {} : { body: bytes }),
  });
  remember(request, bytes, body);
  return request;
}

/** Makes a value of its recorded parts and body. */
export function reviveBody(kind: BodyKind, parts: Parts, body: unknown): object {
  if (kind === "response") return reviveResponse(parts, body);
  if (kind === "request") return reviveRequest(parts, body);
  if (kind === "stream") {
    const given = body === false ? undefined : (bytesOf(body) ?? new Uint8Array());
    const stream = reviveStream(given);
    remember(stream, given ?? null, body);
    return stream;
  }
  const bytes = bytesOf(body) ?? new Uint8Array();
  const type = textOf(parts.type);
  const blob =
    typeof parts.name === "string"
      ? new File([bytes], parts.name, { type, lastModified: Number(parts.modified) })
      : new Blob([bytes], { type });
  remember(blob, bytes, body);
  return blob;
}
