/** A web site in bad shape: it answers each request with the next of its moods, the last one for ever. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "./world.ts";

/** `down` answers 503, `cut` breaks the connection, `half` sends half of the page, `whole` all of it. */
export type Mood = "down" | "cut" | "half" | "whole";

/** The site, running. */
export interface Site {
  readonly url: string;
  /** The moods in which it has answered so far. */
  readonly seen: readonly Mood[];
  close(): Promise<void>;
}

/** Starts a site that serves `page` in the given moods, one request each. */
export async function startSite(page: string, moods: readonly Mood[]): Promise<Site> {
  const seen: Mood[] = [];
  const server = createServer((request, response) => {
    const mood = moods[Math.min(seen.length, moods.length - 1)] ?? "whole";
    seen.push(mood);
    if (mood === "cut") return request.socket.destroy();
    if (mood === "down") return response.writeHead(503).end("<html><body>Down for a moment</body></html>");
    response.writeHead(200, { "content-type": "text/html" });
    response.end(mood === "half" ? page.slice(0, page.length / 2) : page);
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, seen, close: () => close(server) };
}
