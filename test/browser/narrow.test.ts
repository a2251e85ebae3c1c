/** The dashboard in Chromium where there is little room, a phone or a large zoom, and where nothing may move; and what a run's page says of its values and error. */
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn } from "./page.ts";
import { type Shop, startShop } from "./shop.ts";

let browser: Browser;
let shop: Shop;
let data: Folder;
let holdfast: Holdfast;

/** Elements whose end cannot be seen without moving the whole page. */
const tooWide = `(() => {
  const { scrollWidth } = document.documentElement;
  const isInner = (element) => element !== null && (getComputedStyle(element).overflowX !== "visible" || isInner(element.parentElement));
  const wide = [...document.querySelectorAll("main *")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !isInner(element.parentElement));
  return [...(scrollWidth > innerWidth ? ["the page: " + scrollWidth] : []), ...wide.map(({ outerHTML }) => outerHTML.slice(0, 80))];
})()`;

describe.skipIf(!hasBrowser)("the dashboard", () => {
  beforeAll(async () => {
    [browser, shop, data] = await Promise.all([startBrowser(), startShop(), makeFolder("narrow")]);
    holdfast = await startHoldfast({
      ...{ project: import.meta.dirname, tasks: "tasks", data: data.path, env: { SHOP_URL: shop.url } },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await shop?.close();
    await data?.remove();
  });

  test("fits a narrow phone, and a window at 200 %: no page is wider than it, and axe finds no serious fault", async () => {
    const failed = await holdfast.trigger("charge-card", { order: 7 });
    const waiting = await holdfast.trigger("approval", {});
    await holdfast.trigger("send-mail", { to: "somebody.with.a.long.name@example.com" });
    await holdfast.finished(failed);
    await expect.poll(async () => (await holdfast.run(waiting)).status).toBe("WAITING");
    await fetch(`${holdfast.url}/hooks/nobody-has-this-address`, { method: "POST", body: "{}" });
    const lists = ["/runs", "/runs?status=FAILED", "/queues", "/schedules", "/tokens", "/webhooks"];
    const paths = [...lists, "/versions", "/secrets", "/trigger", `/runs/${failed}`, `/runs/${waiting}`];
    for (const [width, height] of [
      [360, 740],
      [640, 400],
    ] as const) {
      const { page, wrongs } = await openPage(browser, holdfast.url);
      await page.setViewportSize({ width, height });
      await page.goto("/runs");
      await signIn(page, secretKey);
      const faults: unknown[] = [];
      for (const path of paths) {
        await page.goto(path);
        await page.getByText("Loading…").waitFor({ state: "detached" });
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.evaluate(axe.source);
        const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        const wide = (await page.evaluate(tooWide)) as string[];
        faults.push(...[...wide, ...serious.map(({ id }) => id)].map((fault) => [width, path, fault]));
      }
      expect(faults).toEqual([]);
      expect(wrongs).toEqual([]);
      await page.context().close();
    }
  });

  test("moves nothing where the viewer wants no motion", async () => {
    const id = await holdfast.trigger("remind", { hours: 3 });
    await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
    for (const [reducedMotion, moving] of [
      ["no-preference", true],
      ["reduce", false],
    ] as const) {
      const { page } = await openPage(browser, holdfast.url);
      await page.emulateMedia({ reducedMotion });
      await page.goto(`/runs/${id}`);
      await signIn(page, secretKey);
      await page.getByText("No process is kept for it.").waitFor();
      const running = (await page.evaluate("document.getAnimations().length")) as number;
      expect([reducedMotion, running > 0]).toEqual([reducedMotion, moving]);
      await page.context().close();
    }
  });

  test("names beside an error the line of the author's source that it comes from", async () => {
    const failed = await holdfast.trigger("charge-card", { order: 8 });
    await holdfast.finished(failed);
    const { page } = await openPage(browser, holdfast.url);
    await page.goto(`/runs/${failed}`);
    await signIn(page, secretKey);
    const error = page.getByRole("region", { name: "Error of the run" });
    await error
      .getByText(/^at .*tasks\/shop\.ts:\d+/)
      .first()
      .waitFor();
    await page.getByRole("link", { name: "Dead letters" }).click();
    await page.getByRole("heading", { name: "Dead letters" }).waitFor();
    await expect.poll(() => page.title()).toBe("Dead letters · Holdfast");
    await page.context().close();
  });

  test("shows what a run has noted of itself, and nothing of it for one that has noted nothing", async () => {
    const [noting, square] = [
      await holdfast.trigger("noting", "packing"),
      await holdfast.trigger("square", 3),
    ];
    await Promise.all([holdfast.finished(noting), holdfast.finished(square)]);
    const { page } = await openPage(browser, holdfast.url);
    await page.goto(`/runs/${noting}`);
    await signIn(page, secretKey);
    const shown = page.getByRole("region", { name: "Metadata" }).first();
    await shown.getByText('"step": "packing"').waitFor();
    await page.goto(`/runs/${square}`);
    await page.getByRole("region", { name: "Output" }).first().waitFor();
    expect(await page.getByRole("region", { name: "Metadata" }).count()).toBe(0);
    await page.context().close();
  });

  test("runs a task again with another payload, and asks before it does", async () => {
    const id = await holdfast.trigger("square", 3);
    await holdfast.finished(id);
    const { page } = await openPage(browser, holdfast.url);
    await page.goto(`/runs/${id}`);
    await signIn(page, secretKey);
    await page.getByText("Run again …").click();
    const payload = page.getByLabel("Payload");
    await expect.poll(() => payload.inputValue()).toBe("3");
    await payload.fill("5");
    await page.getByRole("button", { name: "Trigger …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start the run" }).click();
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    await page.getByRole("region", { name: "Output" }).first().getByText("25").waitFor();
    expect(page.url()).not.toContain(id);
    await page.context().close();
  });
});
