/** An outside gate that holds each visit for a while, and knows how many runs are there at once. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const visitMs = 10;

export interface Gate {
  readonly url: string;
  /** The most runs that were there at once. */
  readonly most: () => number;
  /** Runs in the order of their first visits. */
  readonly order: readonly string[];
  /** Visits that were answered. */
  readonly visits: () => number;
  /** Until then nobody gets out. */
  open(): void;
  close(): Promise<void>;
}

/** Opens the gate's server; visits wait until `open`. */
export async function startGate(): Promise<Gate> {
  const there = new Map<string, number>();
  const order: string[] = [];
  let most = 0;
  let visits = 0;
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  function visit(request: IncomingMessage, response: ServerResponse): void {
    const name = request.url?.split("/")[1] ?? "";
    there.set(name, (there.get(name) ?? 0) + 1);
    most = Math.max(most, there.size);
    if (!order.includes(name)) order.push(name);
    // Also when the visitor is killed: its connection is closed then.
    response.on("close", () => {
      const left = (there.get(name) ?? 1) - 1;
      if (left === 0) there.delete(name);
      else there.set(name, left);
    });
    void opened.then(() => {
      setTimeout(() => {
        visits += 1;
        response.writeHead(204).end();
      }, visitMs);
    });
  }

  const server = createServer(visit);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: () => most,
    order,
    visits: () => visits,
    open,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
