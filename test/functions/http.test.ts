/** The app behind a real server: sockets, streams, encodings. */
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bodyBytesMax } from "../../functions/body.ts";
import { end, key, refusal, strangeId, webhookSecret, world } from "./world.ts";

const w = world({ allowedHosts: ["127.0.0.1"] });
let server: ServerType;
let url = "";
beforeAll(async () => {
  server = await new Promise((resolve) => {
    const made = serve({ fetch: w.app.fetch, hostname: "127.0.0.1", port: 0 }, () => resolve(made));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const headers = { authorization: `Bearer ${key}` };

test("a run is triggered, waited for and retrieved over HTTP, whatever its task is called", async () => {
  const path = `${url}/api/v1/tasks/${encodeURIComponent(strangeId)}/trigger`;
  const started = await fetch(path, {
    method: "POST",
    headers,
    body: JSON.stringify({ payload: { text: "é\u{1f600}" } }),
  });
  const { id } = (await started.json()) as { id: string };
  const waiting = fetch(`${url}/api/v3/runs/${id}?wait=10`, { headers });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await end(w, id, "completed", { output: "\u{1f600}" });
  const run = (await (await waiting).json()) as Record<string, unknown>;
  expect(run).toMatchObject({
    status: "COMPLETED",
    taskIdentifier: strangeId,
    payload: { text: "é\u{1f600}" },
    output: "\u{1f600}",
  });
});

test("a caller who goes away while waiting is not waited for any longer", async () => {
  const { id } = (await (
    await fetch(`${url}/api/v1/tasks/order/trigger`, { method: "POST", headers })
  ).json()) as { id: string };
  const gone = new AbortController();
  const waiting = fetch(`${url}/api/v3/runs/${id}?wait=25`, { headers, signal: gone.signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  gone.abort();
  await expect(waiting).rejects.toThrow();
  let reads = 0;
  const { read } = w.ports.store;
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  w.ports.store.read = (runId) => {
    reads++;
    return read(runId);
  };
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  w.ports.store.read = read;
  expect(reads).toBe(0);
});

test("a signed delivery over HTTP starts a run", async () => {
  const body = JSON.stringify({ event: "é" });
  const at = new Date();
  const answer = await fetch(`${url}/hooks/order`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": "msg_http",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(webhookSecret).sign("msg_http", at, body),
    },
  });
  expect([answer.status, await answer.json()]).toEqual([
    202,
    { id: expect.stringMatching(/^run_/), isCached: false },
  ]);
});

/** Sends `bytes` as a stream without a declared length; gives the answer's status. */
function streamed(path: string, bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}${path}`, { method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
      sending.destroy();
    });
    sending.on("error", reject);
    const chunk = Buffer.alloc(65_536, 32);
    let left = bytes;
    const write = (): void => {
      while (left > 0 && !sending.destroyed) {
        left -= chunk.length;
        if (!sending.write(chunk)) return void sending.once("drain", write);
      }
      if (left <= 0) sending.end();
    };
    write();
  });
}

test("a body that is too large is refused while it is sent, with an answer that arrives", async () => {
  const before = (await w.runs()).length;
  expect(await streamed("/api/v1/tasks/order/trigger", 20 * bodyBytesMax)).toBe(413);
  const declared = await fetch(`${url}/api/v1/tasks/order/trigger`, {
    method: "POST",
    headers,
    body: "x".repeat(bodyBytesMax + 1),
  });
  expect(await refusal(declared)).toMatchObject({ status: 413, code: "HF206" });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await w.runs()).toHaveLength(before);
});

test("a request under another name for this machine is refused", async () => {
  const { port } = new URL(url);
  const status = await new Promise((resolve, reject) => {
    request(
      { host: "127.0.0.1", port, path: "/api/v1/runs", headers: { ...headers, host: "evil.example" } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    )
      .on("error", reject)
      .end();
  });
  expect(status).toBe(403);
});

test("a path that cannot be decoded is no failure of the server", async () => {
  for (const path of ["/api/v1/tasks/%E0%A4%A/trigger", "/hooks/%", "/api/v3/runs/%00"]) {
    const method = path.includes("runs") ? "GET" : "POST";
    const answer = await fetch(`${url}${path}`, { method, headers });
    expect([path, answer.status]).toEqual([path, 404]);
  }
});
