/** Real processes: what a supervisor refuses, what it serves, and to whom. */

import { rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { freePort } from "../world/place.ts";
import { makePlace, type Place, until } from "./fake/holdfast.ts";

let place: Place;
beforeEach(async () => {
  place = await makePlace("serving");
});
afterEach(() => place.end());

const refusal = (start: Promise<Holdfast>): Promise<string> =>
  start.then(
    () => "It started.",
    (error: Error) => error.message,
  );

/** The status of an answer to a request that says it is for `host`. */
function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/healthz`, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.once("error", reject).end();
  });
}

describe("a supervisor does not start", () => {
  test("while another one has its data folder: it names the process", async () => {
    const first = await place.start();
    const told = await refusal(place.start());
    expect(told).toContain("HF401");
    expect(told).toContain(String(first.pid));
    expect((await first.request("GET", "/healthz")).status).toBe(200);
  });

  test("when its port is in use, and leaves the folder free", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    try {
      const told = await refusal(place.start({ port }));
      expect(told).toContain(`HF402 The port ${port}`);
    } finally {
      other.close();
    }
    await place.start();
  });

  test("when its data folder is a file", async () => {
    const path = place.file("a-file");
    await writeFile(path, "");
    expect(await refusal(place.start({ data: path }))).toMatch(/HF409 .*it is a file|HF409 .*is a file/);
  });

  test("when a setting has not the expected form, and does not show it", async () => {
    const told = await refusal(place.start({ env: { HOLDFAST_WEBHOOK_SECRET: "whsec_short-canary" } }));
    expect(told).toContain("HF406");
    expect(told).not.toContain("canary");
  });
});

describe("a supervisor is reached", () => {
  test("under its own names only", async () => {
    const { url } = await place.start();
    const { port } = new URL(url);
    expect(await statusFor(url, `127.0.0.1:${port}`)).toBe(200);
    expect(await statusFor(url, `localhost:${port}`)).toBe(200);
    expect(await statusFor(url, `attacker.example:${port}`)).toBe(403);
  });

  test("from this machine only", async () => {
    const { url } = await place.start();
    const { port } = new URL(url);
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${port}/healthz`)).rejects.toThrow();
    }
  });
});

describe("runs", () => {
  test("do not wait for a runner that is busy with something else", async () => {
    const holdfast = await place.start();
    const blocked = await holdfast.trigger("blocks", { ms: 600_000, file: place.file("blocks") });
    await until("a runner is blocked", () => place.lines("blocks").length === 1);
    const ids = await Promise.all(Array.from({ length: 10 }, () => holdfast.trigger("quick", {})));
    for (const id of ids) expect((await holdfast.finished(id)).status).toBe("COMPLETED");
    expect((await holdfast.run(blocked)).status).toBe("EXECUTING");
  });

  test("that only sleep within their process keep no room from others", async () => {
    const holdfast = await place.start({ env: { FAKE_RUNNERS: "1", FAKE_PASSES: "2" } });
    const nap = { count: 6, file: place.file("naps") };
    const ids = await Promise.all(Array.from({ length: nap.count }, () => holdfast.trigger("naps", nap)));
    for (const id of ids) expect((await holdfast.finished(id)).status).toBe("COMPLETED");
  });

  test("that are at work are told of news at once", async () => {
    const holdfast = await place.start();
    const id = await holdfast.trigger("listens", {});
    await until("it is at work", async () => (await holdfast.run(id)).status === "EXECUTING");
    await holdfast.request("POST", `/api/v2/runs/${id}/cancel`, {});
    expect((await holdfast.finished(id)).output).toEqual({ rung: true });
  });

  test("go on with the code that they began with", async () => {
    const first = await place.start({ env: { FAKE_VERSION: "one" } });
    const id = await first.trigger("quick", {}, { delay: "1s" });
    await first.stop();
    const second = await place.start({ env: { FAKE_VERSION: "two" } });
    const other = await second.trigger("quick", {});
    expect((await second.finished(other)).output).toMatchObject({ version: "two" });
    expect((await second.finished(id)).output).toMatchObject({ version: "one" });
  });

  test("whose code is gone fail with the way out, and can be resumed on the newest", async () => {
    const first = await place.start({ env: { FAKE_VERSION: "one" } });
    const id = await first.trigger("quick", {}, { delay: "1s" });
    await first.stop();
    await rm(join(place.data, "bundles", "one"), { recursive: true });
    const second = await place.start({ env: { FAKE_VERSION: "two" } });
    const failed = await second.finished(id);
    expect(failed.status).toBe("FAILED");
    expect(failed.error?.message).toContain("HF408");
    await second.request("POST", `/api/v1/runs/${id}/resume`, { code: "newest" });
    expect((await second.finished(id)).output).toMatchObject({ version: "two" });
  });
});
