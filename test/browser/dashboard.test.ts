/** The dashboard in Chromium, on a real `holdfast dev`: what people see and do, and that nothing shown can act. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";
import { type Shop, startShop } from "./shop.ts";

const hostileId = `<img src=x onerror="document.title='owned'">`;

let browser: Browser;
let shop: Shop;
let data: Folder;
let holdfast: Holdfast;

/** The link that was printed last. */
const link = (): string => [...holdfast.output().matchAll(/http\S+\/sign-in#\S+/g)].at(-1)?.[0] ?? "";

const rows = (page: Page) => page.getByRole("region", { name: "Checkpoints" }).getByRole("listitem");

describe.skipIf(!hasBrowser)("the dashboard", () => {
  beforeAll(async () => {
    [browser, shop, data] = await Promise.all([startBrowser(), startShop(), makeFolder("dashboard")]);
    const env = { SHOP_URL: shop.url };
    holdfast = await startHoldfast({ project: import.meta.dirname, tasks: "tasks", data: data.path, env });
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await shop?.close();
    await data?.remove();
  });

  let watched: WatchedPage;
  beforeEach(async () => {
    watched = await openPage(browser, holdfast.url);
  });
  afterEach(async () => {
    // No script of a payload ran, the policy was not broken, and nobody else was asked for anything.
    expect(watched.wrongs).toEqual([]);
    expect(await watched.page.title()).not.toBe("owned");
    await watched.page.context().close();
  });

  /** The page of a path, signed in. */
  async function open(path: string): Promise<Page> {
    const { page } = watched;
    await page.goto(path);
    await signIn(page, secretKey);
    return page;
  }

  test("signs in by the link that dev prints, which is good once", async () => {
    const { page } = watched;
    const first = link();
    await page.goto(first);
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    expect(page.url()).toBe(`${holdfast.url}/`);
    expect(link()).not.toBe(first);
    const other = await openPage(browser, holdfast.url);
    await other.page.goto(first);
    await other.page.getByRole("alert").getByText("used already").waitFor();
    await other.page.context().close();
  });

  test("signs in by key, says that a wrong one is wrong, shows nothing before, and signs out", async () => {
    await holdfast.finished(await holdfast.trigger("square", 3));
    const { page } = watched;
    await page.goto("/runs");
    await page.getByLabel("Secret key").waitFor();
    expect(await page.locator("body").textContent()).not.toMatch(/square|run_/);
    await signIn(page, "a wrong key");
    await page.getByRole("alert").getByText("The key is wrong.").waitFor();
    await signIn(page, secretKey);
    await page.getByRole("link", { name: "square" }).first().waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    expect(cookie?.value).not.toContain(secretKey.slice(7, 20));
    expect(await page.evaluate("document.cookie + localStorage.length + sessionStorage.length")).toBe("00");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Secret key").waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  test("lists runs, filters them, pages through them, and keeps all of that in the URL", async () => {
    const ids = await Promise.all(Array.from({ length: 27 }, (_, i) => holdfast.trigger("square", i)));
    await Promise.all(ids.map((id) => holdfast.finished(id)));
    await holdfast.finished(await holdfast.trigger("charge-card", { order: 1 }));
    const page = await open("/");
    await page.getByRole("row").nth(25).waitFor();
    await page.getByLabel("Task", { exact: true }).selectOption("square");
    await page.getByLabel("Status").selectOption("COMPLETED");
    await page.getByRole("link", { name: "Older runs" }).click();
    await page.getByRole("link", { name: "Newest" }).waitFor();
    const query = new URL(page.url()).searchParams;
    expect([query.get("task"), query.get("status"), query.has("after")]).toEqual([
      "square",
      "COMPLETED",
      true,
    ]);
    await page.reload();
    expect(await page.getByLabel("Task", { exact: true }).inputValue()).toBe("square");
    await page.goBack();
    await page.getByRole("row").nth(25).waitFor();
    await page.getByRole("link", { name: "Dead letters" }).click();
    await page.getByRole("link", { name: "charge-card" }).waitFor();
    expect(await page.getByRole("link", { name: "square" }).count()).toBe(0);
    await page.goto("/runs?task=no-such-task");
    await page.getByText("No run fits these filters.").waitFor();
  });

  test("shows a failing run: its error, and every try that failed with its error", async () => {
    const id = await holdfast.trigger("charge-card", { order: 7 });
    await holdfast.finished(id);
    const page = await open(`/runs/${id}`);
    await page
      .getByRole("region", { name: "Error of the run" })
      .getByText("fetch failed", { exact: true })
      .waitFor();
    for (const text of [
      /^✕?\s*try 1 failed .*fetch failed/,
      /^✕?\s*try 2 failed .*next/,
      /^✕?\s*try 3 failed/,
    ]) {
      await rows(page).filter({ hasText: text }).first().waitFor();
    }
    await rows(page).getByText("2 failed tries").waitFor();
    await page.getByRole("button", { name: /fetch.*reserve/ }).click();
    await page.getByRole("region", { name: "Input" }).getByText("/reserve/7").waitFor();
    expect(new URL(page.url()).searchParams.has("entry")).toBe(true);
    await page.reload();
    await page.getByRole("region", { name: "Input" }).getByText("/reserve/7").waitFor();
  });

  test("shows a waiting run and when it goes on, and cancels it after asking", async () => {
    const id = await holdfast.trigger("remind", { hours: 72 });
    const page = await open(`/runs/${id}`);
    await page.getByText("Waiting for its wait to end").waitFor();
    await page.getByText("in 2 d").waitFor();
    await page.getByRole("button", { name: "Cancel …" }).click();
    await page.getByRole("button", { name: "Leave it" }).click();
    expect((await holdfast.run(id)).status).toBe("WAITING");
    await page.getByRole("button", { name: "Cancel …" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Cancel …" }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("heading").getByText("CANCELED").waitFor();
    expect((await holdfast.run(id)).status).toBe("CANCELED");
  });

  test("shows a run grow, its parallel branches side by side, and its child with a link to it", async () => {
    const page = await open("/trigger?task=renovate");
    await page.getByLabel("Payload").fill(`{"rooms": ["kitchen", "bath", "attic"]}`);
    await page.getByRole("button", { name: "Trigger …" }).click();
    await page.getByRole("button", { name: "Start the run" }).click();
    await page.getByText("No process is kept").waitFor();
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    const bars = await Promise.all(
      ["slow/kitchen", "slow/bath", "slow/attic"].map((path) =>
        page.getByRole("button", { name: path }).locator("rect.span").boundingBox(),
      ),
    );
    const [begin, end] = [
      bars.map((bar) => bar?.x ?? 0),
      bars.map((bar) => (bar?.x ?? 0) + (bar?.width ?? 0)),
    ];
    expect(Math.max(...begin)).toBeLessThan(Math.min(...end));
    await page.getByText("a wait was over").waitFor();
    await rows(page).getByRole("link", { name: /^run_/ }).click();
    await page.getByRole("heading").getByText("square").waitFor();
    await page.getByRole("link", { name: "renovate" }).waitFor();
  });

  test("resumes a dead letter after asking on which code, and shows that it was resumed", async () => {
    const id = await holdfast.trigger("ship-order", { order: "A-1" });
    await holdfast.finished(id);
    shop.mend();
    const page = await open(`/runs/${id}`);
    await page.getByRole("button", { name: "Resume …" }).click();
    await page.getByLabel(/The same as before/).check();
    await page.getByRole("button", { name: "Resume the run" }).click();
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    await rows(page).filter({ hasText: "Resumed on code" }).waitFor();
    await rows(page).filter({ hasText: "The attempt failed" }).first().waitFor();
    expect(shop.asked.filter((path) => path === "/reserve/A-1")).toHaveLength(1);
  });

  test("shows of which run a fork is, with a link to it", async () => {
    const id = await holdfast.trigger("square", 4);
    await holdfast.finished(id);
    const from = (await holdfast.checkpoints(id)).find(({ kind }) => kind === "checkpoint")?.id;
    const { body } = await holdfast.request("POST", `/api/v1/runs/${id}/fork`, { from });
    const page = await open(`/runs/${(body as { id: string }).id}`);
    await page.getByText("up to record").waitFor();
    await page.getByRole("link", { name: id, exact: true }).click();
    await page.getByText("up to record").waitFor({ state: "detached" });
    expect(page.url()).toBe(`${holdfast.url}/runs/${id}`);
  });

  test("says what is wrong: no JSON, no such task, no such run, a run that somebody else has resumed", async () => {
    const page = await open("/trigger?task=no-such-task");
    await page.getByLabel("Payload").fill("{order: 1}");
    await page.getByRole("button", { name: "Trigger …" }).click();
    await page.getByRole("alert").getByText("This is no JSON").waitFor();
    await page.getByLabel("Payload").fill("");
    await page.getByRole("button", { name: "Trigger …" }).click();
    await page.getByRole("button", { name: "Start the run" }).click();
    await page.getByRole("alert").getByText("There is no task").waitFor();
    await page.goto("/runs/run_000000000000000000000000");
    await page.getByRole("alert").getByText("There is no run").waitFor();
    const { id } = await holdfast.finished(await holdfast.trigger("charge-card", { order: 2 }));
    await page.goto(`/runs/${id}`);
    await page.getByRole("button", { name: "Resume …" }).click();
    await holdfast.request("POST", `/api/v1/runs/${id}/resume`, {});
    await page.getByRole("button", { name: "Resume the run" }).click();
    await page.getByRole("alert").getByText("HF209").waitFor();
  });

  test("shows hostile texts as texts: no script runs, no link leads there, no direction is turned", async () => {
    const said = "👩‍👩‍👧 שלום 🇩🇪";
    const trigger = (fail: boolean) =>
      holdfast.request("POST", `/api/v1/tasks/${encodeURIComponent(hostileId)}/trigger`, {
        payload: { text: "\u202etxt.exe", fail, "<script>document.title='owned'</script>": hostileId, said },
        options: { tags: [hostileId], idempotencyKey: `${hostileId}${fail}` },
      });
    const answers = await Promise.all([trigger(true), trigger(false)]);
    const ids = answers.map(({ body }) => (body as { id: string }).id);
    await Promise.all(ids.map((id) => holdfast.finished(id)));
    const page = await open("/runs");
    await page.getByRole("link", { name: hostileId }).first().waitFor();
    for (const id of ids) {
      await page.goto(`/runs/${id}`);
      await page.getByRole("heading", { name: hostileId }).waitFor();
      for (const line of await page.locator("button.line").all()) await line.click();
      await page.getByText("\\u{202e}").first().waitFor();
      const body = await page.locator("body").textContent();
      expect([body?.includes("\u202e"), body?.includes(said)]).toEqual([false, true]);
      expect(await page.locator("img, iframe, a[href^='javascript']").count()).toBe(0);
    }
    await page.getByRole("button", { name: /Show all 1,\d{3},\d{3} characters/ }).click();
    expect(
      (await page.getByRole("region", { name: "Output" }).locator("pre").textContent())?.length,
    ).toBeGreaterThan(1e6);
    await page.goto(`/trigger?task=${encodeURIComponent(hostileId)}&from=${ids[0]}`);
    await page.getByLabel("Payload").waitFor();
    await page.goto(`/runs?task=${encodeURIComponent(hostileId)}&status=${encodeURIComponent(hostileId)}`);
    await page.getByRole("alert").waitFor();
  });

  test("can be used with the keyboard alone, and every control has a name", async () => {
    const id = await holdfast.trigger("charge-card", { order: 3 });
    await holdfast.finished(id);
    const page = await open(`/runs/${id}`);
    await page.locator("button.line").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await page.locator("button.line").nth(1).getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("End");
    expect(await page.evaluate("document.activeElement.className")).toBe("line");
    for (const path of [`/runs/${id}`, "/runs", "/trigger"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      for (const control of await page.locator("a, button, input, select, textarea").all()) {
        expect(await control.ariaSnapshot()).toMatch(/- \w+ ".+"|- \/url/);
      }
    }
  });

  test("breaks its policy nowhere; what would break it is noticed here, and kept from happening", async () => {
    const { page, wrongs } = await openPage(browser, holdfast.url);
    await page.goto("/runs");
    await page.evaluate(
      `document.body.innerHTML = "<img src=x onerror=document.title='owned' style=color:red>"`,
    );
    await page.evaluate(`fetch("http://localhost:9/").catch(() => {})`);
    for (const part of ["script-src", "style-src", "connect-src"]) {
      await expect.poll(() => wrongs.filter((text) => text.includes(`${part} 'self'`))).not.toEqual([]);
    }
    expect(await page.title()).not.toBe("owned");
    await page.context().close();
  });

  test("is dark where the viewer's system is, with text that can be read in both", async () => {
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await openPage(browser, holdfast.url, scheme);
      await page.goto("/runs");
      await page.getByLabel("Secret key").waitFor();
      const [back, text] = (await page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
      )) as [string, string];
      const light = (colour: string): number => Math.max(...(colour.match(/\d+/g) ?? []).map(Number));
      expect(scheme === "light" ? light(back) - light(text) : light(text) - light(back)).toBeGreaterThan(150);
      await page.context().close();
    }
  });
});
