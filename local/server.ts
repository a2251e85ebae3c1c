/**
 * Listens on this machine, and on this machine only.
 *
 * Never:     listens on anything but 127.0.0.1: who wants it elsewhere puts a proxy in front, with TLS; or loads what answers: a port
 *            is taken before that (`answering.ts`).
 * Invariant: when `close` resolves, no request is being answered any more.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HoldfastError } from "../engine/errors.ts";
import { type Crowd, crowd } from "./crowd.ts";
import { codeOf } from "./disk-full.ts";

/**
 * How long an idle connection is kept. Node's 5 s are shorter than most clients keep theirs: a request sent on a
 * connection that is just being closed is lost with "socket hang up".
 */
const keepAliveMs = 75_000;

/** The only address that is listened on. */
export const host = "127.0.0.1";

/** Names by which a browser or a program on this machine calls it, with any port. */
export const ownHosts: readonly string[] = [host, "localhost"];

/** A server that answers. */
export interface HttpServer {
  readonly url: string;
  /** Whose connections have come. */
  readonly callers: Crowd;
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

/**
 * Listens on a port of this machine.
 * @throws HoldfastError HF402 when the port is in use, HF406 when this user may not have it
 */
export async function listenOn(port: number, listener: RequestListener): Promise<HttpServer> {
  const callers = crowd();
  const server = createServer({ keepAliveTimeout: keepAliveMs }, listener);
  server.on("connection", callers.came);
  const actual = await listening(server, port);
  return { url: `http://${host}:${actual}`, callers, close: (ms) => closed(server, ms) };
}
