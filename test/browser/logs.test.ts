/** What a run has logged, on its page in Chromium, on a real `holdfast dev`. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import { jsonLog } from "../../functions/log.ts";
import { printer } from "../../functions/printer.ts";
import { playedLog } from "../functions/played-log.ts";
import { trigger, world } from "../functions/world.ts";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";

let browser: Browser;
let data: Folder;
let holdfast: Holdfast;

const logs = (page: Page) => page.getByRole("region", { name: "Logs" });
const lines = (page: Page) => logs(page).getByRole("listitem");

describe.skipIf(!hasBrowser)("the logs of a run's page", () => {
  beforeAll(async () => {
    [browser, data] = await Promise.all([startBrowser(), makeFolder("logs")]);
    holdfast = await startHoldfast({ project: import.meta.dirname, tasks: "tasks", data: data.path });
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await data?.remove();
  });

  let watched: WatchedPage;
  beforeEach(async () => {
    watched = await openPage(browser, holdfast.url);
  });
  afterEach(async () => {
    expect(watched.wrongs).toEqual([]);
    await watched.page.context().close();
  });

  async function open(path: string): Promise<Page> {
    const { page } = watched;
    await page.goto(path);
    await signIn(page, secretKey);
    return page;
  }

  test("show each line once, attempts and passes apart, with level, try and fields, and grow with the run", async () => {
    const page = await open("/runs");
    const id = await holdfast.trigger("chatty", { name: "Ann" });
    await page.goto(`/runs/${id}`);
    const first = logs(page).getByRole("region", { name: "Attempt 1, pass 1" });
    await first
      .getByRole("listitem")
      .filter({ hasText: "packing" })
      .getByText('{"name":"Ann","attempt":1}')
      .waitFor();
    await first.getByRole("listitem").filter({ hasText: "weighing 1" }).getByText("try 1").waitFor();
    await first.getByRole("listitem").filter({ hasText: "weighing 2" }).getByText("try 2").waitFor();
    await lines(page).filter({ hasText: "sealed" }).first().waitFor();
    await holdfast.finished(id);
    const second = logs(page).getByRole("region", { name: /^Attempt 2, pass \d/ });
    await second.getByRole("listitem").filter({ hasText: "handed over" }).waitFor();
    for (const text of ["packing", "weighing 1", "weighing 2", "handed over"])
      expect([text, await lines(page).filter({ hasText: text }).count()]).toEqual([text, 1]);
    // Behind the last record the code runs again in the next attempt, and logs there what it logs.
    expect(await lines(page).filter({ hasText: "sealed" }).count()).toBe(2);
    await lines(page)
      .filter({ hasText: /warn.*the box\s+is small/s })
      .waitFor();
  });

  test("come a page at a time, and it is said when there are none", async () => {
    const [many, none] = [await holdfast.trigger("talkative", 450), await holdfast.trigger("talkative", 0)];
    await Promise.all([holdfast.finished(many), holdfast.finished(none)]);
    const page = await open(`/runs/${many}`);
    await expect.poll(() => lines(page).count()).toBe(200);
    await logs(page).getByRole("button", { name: "Show more lines" }).click();
    await expect.poll(() => lines(page).count()).toBe(400);
    await logs(page).getByRole("button", { name: "Show more lines" }).click();
    await expect.poll(() => lines(page).count()).toBe(450);
    expect(await logs(page).getByRole("button").count()).toBe(0);
    await page.goto(`/runs/${none}`);
    await logs(page).getByText("Nothing was logged.").waitFor();
  });

  /** A run whose lines lie in CloudWatch, as the page gets them of an api in AWS. */
  async function inAws(eventsRead?: number) {
    const log = playedLog(eventsRead);
    const aws = world({ logs: foundLogs("/orders/<b>dispatcher", log.search, Date.now) });
    const there = await trigger(aws);
    const { run } = await aws.ports.store.write(there, claim("a pass", Date.now()));
    if (run === undefined) throw new Error("It was not claimed.");
    const print = (at: number, message: string) =>
      printer(jsonLog((line) => log.put(at, line), Date.now))(run, "info", [message], {
        attempt: 1,
        pass: 1,
      });
    const asked: string[] = [];
    await watched.page.route("**/logs?**", async (route) => {
      const { search } = new URL(route.request().url());
      asked.push(search);
      const answer = await aws.send("GET", `/api/v1/runs/${there}/logs${search}`);
      await route.fulfill({ status: answer.status, json: await answer.json() });
    });
    return { log, print, asked };
  }

  test("come out of CloudWatch in AWS, grow with the run, and a late line takes its place", async () => {
    const { print, asked } = await inAws();
    const begun = Date.now();
    print(begun, "begun");
    print(begun + 20, "weighed");
    const id = await holdfast.trigger("talkative", 1, { delay: "1h" });
    const page = await open(`/runs/${id}`);
    await logs(page).scrollIntoViewIfNeeded();
    await lines(page).filter({ hasText: "weighed" }).waitFor();
    await logs(page).getByText("Read out of CloudWatch").click();
    await logs(page).getByText("/orders/<b>dispatcher").waitFor();
    print(begun + 10, "late");
    print(begun + 30, "packed");
    await expect
      .poll(async () => (await lines(page).allTextContents()).map((text) => /(?<=info)\w+$/.exec(text)?.[0]))
      .toEqual(["begun", "late", "weighed", "packed"]);
    expect(asked.slice(1).every((search) => search.includes("after="))).toBe(true);
    await holdfast.request("POST", `/api/v2/runs/${id}/cancel`);
  });

  test("are searched on in CloudWatch by hand where a search has not come to its end", async () => {
    const { log, print, asked } = await inAws(3);
    for (let n = 0; n < 3; n++) log.put(Date.now() + n, "{}");
    print(Date.now() + 9, "found");
    const id = await holdfast.trigger("talkative", 1);
    await holdfast.finished(id);
    const page = await open(`/runs/${id}`);
    await logs(page).getByText("has not come to its end").waitFor();
    await logs(page).getByRole("button", { name: "Search on" }).click();
    await lines(page).filter({ hasText: "found" }).waitFor();
    expect(asked.length).toBeGreaterThanOrEqual(2);
  });

  test("are said to be in CloudWatch where they are and cannot be read, with a query that is ready to be copied", async () => {
    const log = playedLog();
    log.state.isBusy = true;
    const aws = world({ logs: foundLogs("/orders/<b>dispatcher", log.search, Date.now) });
    const there = await trigger(aws);
    await aws.ports.store.write(there, claim("a pass", Date.now()));
    const refusal = await aws.send("GET", `/api/v1/runs/${there}/logs`);
    const { query } = (await refusal.clone().json()) as { query: string };
    const id = await holdfast.trigger("talkative", 1);
    await holdfast.finished(id);
    const { page } = watched;
    let asked = 0;
    await page.route("**/logs?**", async (route) => {
      asked += 1;
      await route.fulfill({ status: refusal.status, json: await refusal.clone().json() });
    });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(`/runs/${id}`);
    await logs(page).getByText("/orders/<b>dispatcher").waitFor();
    await logs(page).getByRole("region", { name: "Query" }).getByText(query).waitFor();
    await logs(page).getByRole("button", { name: "Copy the query" }).click();
    await logs(page).getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(query);
    expect(asked).toBeLessThanOrEqual(2);
    await logs(page).getByRole("button", { name: "Look again" }).click();
    await expect.poll(() => asked).toBeGreaterThan(2);
  });
});
