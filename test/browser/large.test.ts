/**
 * Large runs and long lists in Chromium, on a real `holdfast serve`: what the page draws and asks for does not grow with them.
 * Counted, not timed: elements and requests.
 */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyRuns } from "../../bench/scale/copies.ts";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";
import { type Shop, startShop } from "./shop.ts";

const items = 5_000;
const guests = 200;
const listed = 10_000;
/** More lines than two blocks of the tree have. */
const gone = 120;

let browser: Browser;
let shop: Shop;
let data: Folder;
let holdfast: Holdfast;
let watched: WatchedPage;

const tree = (page: Page) => page.getByRole("region", { name: "Checkpoints" });
const lines = (page: Page) => tree(page).locator("button.line");
const elements = (page: Page) => page.locator("*").count();

describe.skipIf(!hasBrowser)("the page", () => {
  beforeAll(async () => {
    [browser, shop, data] = await Promise.all([startBrowser(), startShop(), makeFolder("large")]);
    const env = { SHOP_URL: shop.url };
    holdfast = await startHoldfast({
      ...{ project: import.meta.dirname, tasks: "tasks", data: data.path, command: "serve", env },
    });
    watched = await openPage(browser, holdfast.url);
    await watched.page.goto("/runs");
    await signIn(watched.page, secretKey);
    await watched.page.getByText("No run yet.").waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await shop?.close();
    await data?.remove();
  });

  test("of a run of 5,000 checkpoints draws what is near the window, and asks for no more of it than it shows", async () => {
    const { page } = watched;
    const small = await holdfast.trigger("take-stock", { items: 100 });
    const large = await holdfast.trigger("take-stock", { items });
    await holdfast.finished(small);
    expect(await holdfast.finished(large)).toMatchObject({ status: "COMPLETED", output: items });
    await page.goto(`/runs/${small}`);
    await lines(page).first().waitFor();
    const ofSmall = await elements(page);
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.endsWith("/checkpoints")) asked.push(search);
    });
    await page.goto(`/runs/${large}`);
    await lines(page).first().waitFor();
    expect(asked).toHaveLength(1);
    for (let pages = 2; pages <= 5; pages++) {
      await page.getByRole("button", { name: "Show more checkpoints" }).click();
      await tree(page)
        .getByRole("heading", { name: `Checkpoints ${pages},000` })
        .waitFor();
    }
    expect(await page.getByRole("button", { name: "Show more checkpoints" }).count()).toBe(0);
    // Each page once: what is there is not asked for again.
    expect(asked).toHaveLength(5);
    expect(new Set(asked).size).toBe(5);
    expect(await elements(page)).toBeLessThan(3 * ofSmall);
    await lines(page).last().scrollIntoViewIfNeeded();
    await expect.poll(() => lines(page).count()).toBeGreaterThan(50);
    expect(await elements(page)).toBeLessThan(3 * ofSmall);
  });

  test("of such a run is gone through with the keys: the first line, the last, and every one between", async () => {
    const { page } = watched;
    await page.locator("body").press("Home");
    await lines(page).first().focus();
    await page.keyboard.press("End");
    await expect(
      lines(page)
        .last()
        .evaluate((line) => line === line.ownerDocument.activeElement),
    ).resolves.toBe(true);
    await page.keyboard.press("Home");
    const id = new URL(page.url()).pathname.slice("/runs/".length);
    const { body } = await holdfast.request("GET", `/api/v1/runs/${id}/checkpoints?limit=${gone}`);
    const names = (body as { data: readonly { name: string }[] }).data.map(({ name }) => name);
    const focused = async () => {
      const text = await page.evaluate("document.activeElement?.closest('li')?.textContent ?? ''");
      return /weigh-\d+/.exec(String(text))?.[0];
    };
    const seen = [await focused()];
    while (seen.length < gone) {
      // Where the next lines are not drawn yet, the first press brings them into sight.
      await expect
        .poll(async () => {
          await page.keyboard.press("ArrowDown");
          return await focused();
        })
        .not.toBe(seen.at(-1));
      seen.push(await focused());
    }
    expect(seen).toEqual(names);
  });

  test("of a run with 200 parallel children links what it waits for, ten by name and all in its tree", async () => {
    const { page } = watched;
    const id = await holdfast.trigger("party", { guests });
    await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
    await page.goto(`/runs/${id}`);
    await page.getByText("and 190 more, in the tree below").waitFor();
    await page.getByText("Waiting for 200 child runs to end").waitFor();
    await tree(page).getByRole("heading", { name: "Checkpoints 200" }).waitFor();
    const child = page.locator(".waits").getByRole("link").first();
    const childId = (await child.textContent()) ?? "";
    await child.click();
    await page.getByRole("heading", { name: "guest" }).waitFor();
    expect(page.url()).toBe(`${holdfast.url}/runs/${childId}`);
    await page.getByText("Goes on").waitFor();
    await holdfast.request("POST", `/api/v2/runs/${id}/cancel`);
    await holdfast.finished(id);
  });

  test("of a run whose runner was killed says that work went on, and why", async () => {
    const { page } = watched;
    const id = await holdfast.trigger("held", { order: 7 });
    await expect.poll(() => shop.asked.filter((path) => path === "/hold").length).toBe(1);
    for (const runner of await holdfast.runners()) process.kill(runner, "SIGKILL");
    expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
    expect(shop.asked.filter((path) => path === "/reserve/7")).toHaveLength(1);
    await page.goto(`/runs/${id}`);
    await tree(page).getByText("the process that worked on it had ended").waitFor();
    await page.getByText("in 2 passes").waitFor();
  });

  test("of 10,000 runs is as large as that of a few, whichever page of them is shown", async () => {
    const { page } = watched;
    for (let made = 0; made < listed; made += 1_000) {
      const batch = Array.from({ length: 1_000 }, () => ({ task: "listed", options: { delay: "300d" } }));
      expect((await holdfast.request("POST", "/api/v2/tasks/batch", { items: batch })).status).toBe(200);
    }
    await page.goto("/runs?task=listed");
    await page.getByRole("link", { name: "Older runs" }).waitFor();
    const rows = page.getByRole("row");
    const newest = await rows.nth(1).textContent();
    const first = await elements(page);
    await page.getByRole("link", { name: "Older runs" }).click();
    await page.getByRole("link", { name: "Newest" }).waitFor();
    await expect
      .poll(async () => ((await rows.count()) === 26 ? rows.nth(1).textContent() : newest))
      .not.toBe(newest);
    expect(await elements(page)).toBeLessThan(first + 20);
    await page.goto("/runs?text=nothing-like-it");
    await page.getByText("No run fits these filters.").waitFor();
  });

  test("of a search that no call brings to its end says so, and goes on among the older runs", async () => {
    const { page } = watched;
    const { body } = await holdfast.request("GET", "/api/v1/runs?limit=1&status=COMPLETED");
    const [model] = (body as { data: { id: string }[] }).data;
    const copies = { runId: model?.id ?? "", count: 60_000, spreadMs: 60_000 };
    copyRuns(join(data.path, "holdfast.db"), copies, () => {});
    await page.goto("/runs?text=nothing-like-it");
    await page.getByText("None so far fits these filters").waitFor();
    await page.getByRole("link", { name: "Older runs" }).click();
    await page.getByText("There are no older runs.").waitFor();
  });

  test("asks nobody else, and throws nothing", () => expect(watched.wrongs).toEqual([]));
});
