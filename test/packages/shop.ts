/**
 * An outside world over HTTP: a shop that takes orders and counts them, a server that fails at first, a file.
 *
 * Owns:      the count of effects; each answer to one carries its receipt.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Boundary, Outside } from "./crashing.ts";

/** What a request means: its answer, made once the effect is done. */
export type Route = (request: IncomingMessage, body: string, shop: Shop) => Promise<Reply> | Reply;

/** What goes back. Parts are sent one by one. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | readonly string[];
}

export class Shop implements Outside {
  readonly #counts = new Map<string, number>();
  readonly #server: Server;
  readonly #routes: Readonly<Record<string, Route>>;
  #boundary: Boundary = (work) => Promise.resolve(work());

  private constructor(routes: Readonly<Record<string, Route>>) {
    this.#routes = routes;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Listens on a free port. Routes are known by the first part of the path. */
  static async open(routes: Readonly<Record<string, Route>> = {}): Promise<Shop> {
    const shop = new Shop({ ...ownRoutes, ...routes });
    await new Promise<void>((resolve) => void shop.#server.listen(0, "127.0.0.1", resolve));
    return shop;
  }

  get env(): Record<string, string> {
    return { STUB_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` };
  }

  async begin(boundary: Boundary): Promise<void> {
    this.#counts.clear();
    this.#boundary = boundary;
  }

  async effects(): Promise<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** An effect happens: how often by now? */
  happens(label: string): number {
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    return count;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += part;
    const [, first = ""] = (request.url ?? "/").split(/[/?]/);
    const route = this.#routes[first];
    if (route === undefined) return void response.writeHead(404).end();
    const isRead = request.method === "GET";
    const work = () => route(request, body, this);
    const { status = 200, headers, body: answer } = await (isRead ? work() : this.#boundary(work));
    response.writeHead(status, { "content-type": "application/json", ...headers });
    for (const part of typeof answer === "string" ? [answer] : answer) response.write(part);
    response.end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const ownRoutes: Readonly<Record<string, Route>> = {
  orders: ({ url = "" }, _, shop) => {
    const label = url.slice("/orders/".length);
    shop.happens(label);
    return { body: JSON.stringify({ receipt: `rcpt:${label}`, label, at: "2026-01-02T03:04:05.678Z" }) };
  },
  // The third request is the first that works.
  shaky: (_, __, shop) => {
    const isWell = shop.happens("shaky") >= 3;
    if (!isWell) return { status: 503, body: JSON.stringify({ error: "not now" }) };
    return { body: JSON.stringify({ receipt: "rcpt:shaky" }) };
  },
  "file.csv": () => ({ headers: { "content-type": "text/csv" }, body: "label,count\nfirst,1\nsecond,2\n" }),
};
