/** Answers what comes over a connection by the HTTP app. */
import type { RequestListener, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { headersAreSet, securityHeaders } from "../functions/answer-headers.ts";
import type { Crowd, Fetch } from "./crowd.ts";
import { host } from "./server.ts";

const headers = Object.entries(securityHeaders);

/** Puts the headers of every answer on this one, before it is known. */
function withHeaders(fetch: Fetch): Fetch {
  return (request, env) => {
    const { outgoing } = env as { readonly outgoing: ServerResponse };
    for (const [name, value] of headers) outgoing.setHeader(name, value);
    return fetch(request, { ...env, [headersAreSet]: true });
  };
}

/** What a server is to do with each request. `callers`: those who come to it. */
export function answering(fetch: Fetch, callers: Crowd): RequestListener {
  return getRequestListener(callers.counted(withHeaders(fetch)), { hostname: host });
}
