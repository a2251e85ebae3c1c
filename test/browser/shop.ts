/** The shop that the tasks talk to: answers, is slow, cuts the connection, or is down until it is mended. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { close, listen } from "../world/world.ts";

/** The shop, running. */
export interface Shop {
  readonly url: string;
  /** From now on `/sometimes` answers. */
  mend(): void;
  /** Every path that was asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startShop(): Promise<Shop> {
  const asked: string[] = [];
  let isMended = false;
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    asked.push(path);
    if (path.startsWith("/slow")) await after(200 + 150 * (path.length % 5));
    if (path === "/cut") return request.socket.destroy();
    // Whoever asks first waits for ever; the next one is answered.
    if (path === "/hold" && asked.filter((each) => each === path).length === 1) return;
    const isDown = path === "/sometimes" && !isMended;
    response.writeHead(isDown ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(isDown ? { error: "down" } : { path, at: asked.length }));
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    mend: () => {
      isMended = true;
    },
    close: () => close(server),
  };
}
