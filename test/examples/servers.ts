/** Small HTTP servers for the examples' tests: what each was asked for, and how it answers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "../world/world.ts";

/** A request as it arrived. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** The header `Idempotency-Key`; "" without one. */
  readonly key: string;
  readonly body: Buffer;
}

/** What is answered; undefined is silence, until the caller gives up. */
type Answer = { readonly status?: number; readonly body: unknown } | undefined;

/** A server, running. */
export interface TestServer {
  readonly url: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly Request[];
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = request.headers["idempotency-key"];
  return {
    method: request.method ?? "GET",
    path: decodeURIComponent(request.url ?? "/"),
    key: typeof key === "string" ? key : "",
    body: Buffer.concat(chunks),
  };
}

function send(response: ServerResponse, { status = 200, body }: NonNullable<Answer>): void {
  const isRaw = Buffer.isBuffer(body) || typeof body === "string";
  response.writeHead(status, { "content-type": isRaw ? "application/octet-stream" : "application/json" });
  response.end(isRaw ? body : JSON.stringify(body));
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startServer(
  answer: (request: Request) => Answer | Promise<Answer>,
): Promise<TestServer> {
  const requests: Request[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const answered = await answer(request);
    if (answered !== undefined) send(response, answered);
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, close: () => close(server) };
}
