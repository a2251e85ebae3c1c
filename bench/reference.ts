/** The fixed job, measured beside the figures: in a process of its own, asked over HTTP, as Holdfast is. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../test/world/place.ts";
import { openClient } from "./client.ts";

const requests = 100;

/** The fixed job of this machine. */
export interface Reference {
  /** What one request takes now: milliseconds, the mean of a hundred, one after the other. */
  measure(): Promise<number>;
  close(): void;
}

/** Starts it; what it writes goes into `folder`. */
export async function startReference(folder: string): Promise<Reference> {
  const server = fork(join(root, "dist", "bench", "reference-server.js"), [join(folder, "reference")]);
  const [port] = (await once(server, "message")) as [number];
  const client = openClient(`http://127.0.0.1:${port}`, 1);
  return {
    async measure() {
      const from = performance.now();
      for (let n = 0; n < requests; n++) await client.post("/", { n });
      return (performance.now() - from) / requests;
    },
    close() {
      client.close();
      server.disconnect();
    },
  };
}
