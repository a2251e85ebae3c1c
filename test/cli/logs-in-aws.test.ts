/** `holdfast logs` of a server that finds lines in CloudWatch: the app of the api on a played log group, over HTTP. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claim, finish } from "../../engine/head-write.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import { jsonLog } from "../../functions/log.ts";
import { printer } from "../../functions/printer.ts";
import { playedLog } from "../functions/played-log.ts";
import { key, trigger, world } from "../functions/world.ts";
import { command } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await makeFolder("logs-in-aws");
});
afterAll(() => folder.remove());

/** A run that has begun, and the server that tells of it. */
async function account(eventsRead?: number) {
  const log = playedLog(eventsRead);
  const w = world({ logs: foundLogs("/orders/dispatcher", log.search, Date.now) });
  const id = await trigger(w);
  const { run } = await w.ports.store.write(id, claim("a pass", Date.now()));
  if (run === undefined) throw new Error("It was not claimed.");
  const server = await new Promise<Server>((resolve) => {
    const made = serve({ fetch: w.app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(made as Server));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const print = (at: number, message: string): void =>
    printer(jsonLog((line) => log.put(at, line), Date.now))(run, "info", [message], { attempt: 1, pass: 1 });
  const logs = (...args: string[]) =>
    command(folder.path, ["logs", id, "--url", url, "--key", key, ...args], {});
  const finished = async () => {
    const lease = { runId: id, owner: "a pass", epoch: run.epoch };
    await w.ports.store.write(
      id,
      finish(lease, "completed", Date.now(), { activeMs: 1, attempts: 0, lastNumber: 0 }, false),
    );
  };
  return { log, print, logs, finished, close: () => new Promise((done) => server.close(done)) };
}

const messages = (output: string): string[] =>
  output.split("\n").flatMap((line) => / info {3}(.*)$/.exec(line)?.[1] ?? []);

test("lines that a search finds part by part are printed to the last, also where a part is empty", async () => {
  const { log, print, logs, close } = await account(3);
  const begun = Date.now();
  print(begun, "one");
  for (let n = 1; n <= 7; n++) log.put(begun + n, "{}");
  print(begun + 8, "two");
  const { code, output } = await logs();
  await close();
  expect([code, messages(output)]).toEqual([0, ["one", "two"]]);
});

test("--follow prints each line once, those that come late, too, and ends behind the run's end", async () => {
  const { print, log, logs, finished, close } = await account();
  const begun = Date.now();
  print(begun, "first");
  print(begun + 20, "third");
  const followed = logs("--follow");
  await expect.poll(() => log.asked.length).toBe(1);
  print(begun + 10, "second, late");
  // Too much is asked of CloudWatch for one look.
  log.state.isBusy = true;
  await expect.poll(() => log.asked.length).toBe(2);
  log.state.isBusy = false;
  print(begun + 30, "last");
  await finished();
  const { code, output } = await followed;
  await close();
  expect([code, messages(output)]).toEqual([0, ["first", "third", "second, late", "last"]]);
});

test("a search that is cut off in its middle prints what there is, and says that there is more", async () => {
  const { print, log, logs, close } = await account(1);
  const begun = Date.now();
  for (let n = 0; n < 3; n++) print(begun + n, `line ${n}`);
  let calls = 0;
  Object.defineProperty(log.state, "isBusy", { get: () => ++calls > 2 });
  const { output } = await logs();
  await close();
  expect(messages(output)).toEqual(["line 0", "line 1"]);
  expect(output).toContain("There is more, but CloudWatch could not be searched any further now");
});
