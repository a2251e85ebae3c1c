/** An app on a port of this machine, for tests of what comes over a connection. */
import type { RequestListener } from "node:http";
import { answering } from "../../local/answering.ts";
import type { Fetch } from "../../local/crowd.ts";
import { type HttpServer, listenOn } from "../../local/server.ts";

export async function serveHttp(fetch: Fetch, port: number): Promise<HttpServer> {
  let listener: RequestListener | undefined;
  const server = await listenOn(port, (incoming, outgoing) => listener?.(incoming, outgoing));
  listener = answering(fetch, server.callers);
  return server;
}
