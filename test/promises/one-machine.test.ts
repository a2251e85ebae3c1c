/** What the README promises of one machine, with real processes. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgedSecret, type Holdfast, startHoldfast, webhookSecret } from "../world/holdfast.ts";
import { type Folder, freePort, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { kill } from "../world/processes.ts";
import { close, listen } from "../world/world.ts";

let folder: Folder;
let holdfast: Holdfast;
let port: number;

beforeAll(async () => {
  folder = await makeFolder("promises");
  await cp(join(root, "test", "promises", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  port = await freePort();
  await start();
});

afterAll(async () => {
  await holdfast?.stop();
  await folder?.remove();
});

async function start(): Promise<void> {
  holdfast = await startHoldfast({
    project: folder.path,
    tasks: "tasks",
    data: join(folder.path, "data"),
    port,
  });
}

/** A server that gives each request to `hear`, with its path and query. */
async function hearing(hear: (path: string, response: ServerResponse) => void) {
  const server = createServer((request, response) => hear(request.url ?? "", response));
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => close(server) };
}

// The only promise of a time: a machine that has none to give just then may break it once.
test("a killed runner's run goes on within a second", { retry: 2 }, async () => {
  let killedAt = 0;
  let againAt = 0;
  const service = await hearing((path, response) => {
    if (killedAt === 0) {
      kill(Number(path.split("pid=")[1]));
      killedAt = Date.now();
    } else {
      againAt = Date.now();
      response.end();
    }
  });
  const run = await holdfast.finished(await holdfast.trigger("call", { url: service.url }));
  await service.close();
  expect(run).toMatchObject({ status: "COMPLETED", output: 200 });
  expect(againAt - killedAt).toBeLessThan(1_000);
});

test("a run that waits survives a restart of everything, and wakes on time", async () => {
  const id = await holdfast.trigger("nap", { seconds: 4 });
  while ((await holdfast.run(id)).status !== "WAITING")
    await new Promise((resolve) => setTimeout(resolve, 20));
  await holdfast.killTree();
  await start();
  const ready = Date.now();
  const run = await holdfast.finished(id);
  expect(run.status).toBe("COMPLETED");
  const due = Number(run.output) + 4_000;
  const finished = Date.parse(String(run.finishedAt));
  expect(finished).toBeGreaterThanOrEqual(due);
  // Not by chance, nor by another such time: as soon as it is due and the server is there.
  expect(finished - Math.max(due, ready)).toBeLessThan(4_000);
});

test("a webhook that is delivered twice is one run", async () => {
  const first = await holdfast.webhook("echo", { order: 7 }, "delivery-7");
  expect(await holdfast.webhook("echo", { order: 7 }, "delivery-7")).toBe(first);
  expect(await holdfast.finished(first)).toMatchObject({ status: "COMPLETED", output: { order: 7 } });
});

async function runCount(): Promise<number> {
  const { body } = await holdfast.request("GET", "/api/v1/runs?limit=100");
  return (body as { data: unknown[] }).data.length;
}

test("a forged or stale signature is refused, and nothing is stored", async () => {
  const before = await runCount();
  const deliver = async (secret: string, at: Date) => {
    const response = await fetch(`${holdfast.url}/hooks/echo`, {
      method: "POST",
      headers: {
        "webhook-id": "delivery-8",
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign("delivery-8", at, "{}"),
      },
      body: "{}",
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  expect(await deliver(forgedSecret, new Date())).toMatchObject({ status: 401, code: "HF204" });
  const anHourAgo = new Date(Date.now() - 3_600_000);
  expect(await deliver(webhookSecret, anHourAgo)).toMatchObject({ status: 401, code: "HF205" });
  expect(await runCount()).toBe(before);
});

test("a run that used up its attempts is a dead letter, and goes on from its last checkpoint once the source is fixed", async () => {
  const paths: string[] = [];
  const service = await hearing((path, response) => {
    paths.push(path);
    response.end();
  });
  const id = await holdfast.trigger("buggy", { url: service.url });
  expect(await holdfast.finished(id)).toMatchObject({ status: "FAILED", error: { name: "TypeError" } });
  const { body } = await holdfast.request("GET", "/api/v1/dead-letters");
  expect((body as { data: { id: string }[] }).data.map((each) => each.id)).toEqual([id]);

  const file = join(folder.path, "tasks", "promises.ts");
  await writeFile(file, (await readFile(file, "utf8")).replace("bug.path.name", "bug.path ?? 'second'"));
  await deployed("buggy");
  expect(await holdfast.request("POST", `/api/v1/runs/${id}/resume`, {})).toMatchObject({ status: 200 });
  const run = await holdfast.finished(id);
  await service.close();
  expect(run).toMatchObject({ status: "COMPLETED", output: [200, 200] });
  expect(paths).toEqual(["/first", "/second"]);
});

/** Waits until a new code version serves. */
async function deployed(task: string): Promise<void> {
  const versionOf = async (): Promise<unknown> =>
    (await holdfast.run(await holdfast.trigger(task, { url: "http://127.0.0.1:1" }))).version;
  const known = await versionOf();
  for (let patience = 0; patience < 200; patience++) {
    if ((await versionOf()) !== known) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The change was not built:\n${holdfast.output()}`);
}

test("a canceled run tidies up in its `finally`, and is CANCELED", async () => {
  const paths: string[] = [];
  const service = await hearing((path, response) => {
    paths.push(path);
    response.end();
  });
  const id = await holdfast.trigger("tidy", { url: service.url });
  while ((await holdfast.run(id)).status !== "WAITING")
    await new Promise((resolve) => setTimeout(resolve, 20));
  await holdfast.request("POST", `/api/v2/runs/${id}/cancel`);
  expect(await holdfast.finished(id)).toMatchObject({ status: "CANCELED" });
  await service.close();
  expect(paths).toEqual(["/begun", "/tidied"]);
});

test("code in a task looks at other runs, and a token's address is this server's", async () => {
  const other = await holdfast.trigger("call", { url: "http://127.0.0.1:9/" });
  const run = await holdfast.finished(await holdfast.trigger("looks-around", { other }));
  expect(run.output).toEqual({ status: expect.any(String), answered: 200, completed: "yes" });
});
