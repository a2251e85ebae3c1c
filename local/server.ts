/**
 * Serves the HTTP app on this machine, and on this machine only.
 *
 * Never:     listens on anything but 127.0.0.1: who wants it elsewhere puts a proxy in front, with TLS.
 * Invariant: when `close` resolves, no request is being answered any more.
 */
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { HoldfastError } from "../engine/errors.ts";
import { headersAreSet, securityHeaders } from "../functions/answer-headers.ts";
import { crowd, type Fetch } from "./crowd.ts";
import { codeOf } from "./disk-full.ts";

/**
 * How long an idle connection is kept. Node's 5 s are shorter than most clients keep theirs: a request sent on a
 * connection that is just being closed is lost with "socket hang up".
 */
const keepAliveMs = 75_000;

/** The only address that is listened on. */
const host = "127.0.0.1";

/** Names by which a browser or a program on this machine calls it, with any port. */
export const ownHosts: readonly string[] = [host, "localhost"];

/** A server that answers. */
export interface HttpServer {
  readonly url: string;
  /** Do callers come faster than they are answered, each with a connection of its own? */
  isCrowded(): boolean;
  /** Takes no new connections; resolves when the requests at work are answered, or `ms` are over. May be repeated. */
  close(ms: number): Promise<void>;
}

function refused(port: number, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === "EADDRINUSE") {
    const fix = `Stop what listens there, or give another one with "--port" (0 takes any free one).`;
    return new HoldfastError("HF402", `The port ${port} on ${host} is in use.`, fix, { cause });
  }
  if (code === "EACCES") {
    const fix = `Give a port from 1024 on with "--port".`;
    return new HoldfastError("HF406", `This user may not listen on port ${port}.`, fix, { cause });
  }
  return cause;
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(refused(port, error)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), ms);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const headers = Object.entries(securityHeaders);

/** Puts the headers of every answer on this one, before it is known. */
function withHeaders(fetch: Fetch): Fetch {
  return (request, env) => {
    const { outgoing } = env as { readonly outgoing: ServerResponse };
    for (const [name, value] of headers) outgoing.setHeader(name, value);
    return fetch(request, { ...env, [headersAreSet]: true });
  };
}

/**
 * Serves `fetch` on a port of this machine.
 * @throws HoldfastError HF402 when the port is in use
 */
export async function serveHttp(fetch: Fetch, port: number): Promise<HttpServer> {
  const serverOptions = { keepAliveTimeout: keepAliveMs };
  const callers = crowd();
  const server = createAdaptorServer({
    fetch: callers.counted(withHeaders(fetch)),
    hostname: host,
    serverOptions,
  }) as Server;
  server.on("connection", callers.came);
  const actual = await listening(server, port);
  return { url: `http://${host}:${actual}`, isCrowded: callers.isThere, close: (ms) => closed(server, ms) };
}
