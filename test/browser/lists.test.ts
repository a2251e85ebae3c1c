/** The lists of the dashboard in Chromium, on a real `holdfast dev`: queues, schedules, tokens, the filters of runs. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";

let browser: Browser;
let data: Folder;
let holdfast: Holdfast;
let watched: WatchedPage;

/** A line of a list. */
const line = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

/** Goes on with what was asked. */
const say = (page: Page, button: string) =>
  page.getByRole("dialog").getByRole("button", { name: button }).click();

async function open(path: string): Promise<Page> {
  const { page } = watched;
  await page.goto(path);
  await signIn(page, secretKey);
  return page;
}

const made = async (body: object): Promise<string> => {
  const answer = await holdfast.request("POST", "/api/v1/schedules", body);
  return (answer.body as { id: string }).id;
};

describe.skipIf(!hasBrowser)("the dashboard's lists", () => {
  beforeAll(async () => {
    [browser, data] = await Promise.all([startBrowser(), makeFolder("lists")]);
    holdfast = await startHoldfast({ project: import.meta.dirname, tasks: "tasks", data: data.path });
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await data?.remove();
  });
  beforeEach(async () => {
    watched = await openPage(browser, holdfast.url);
  });
  afterEach(async () => {
    expect(watched.wrongs).toEqual([]);
    await watched.page.context().close();
  });

  test("opens at a run by a link that `holdfast open` has asked for", async () => {
    const id = await holdfast.trigger("square", 5);
    await holdfast.finished(id);
    const { body } = await holdfast.request("POST", "/api/v1/sign-in-links");
    const { page } = watched;
    await page.goto((body as { path: string }).path.replace("#", `?run=${id}#`));
    await page.getByRole("heading", { name: "square" }).waitFor();
    expect(page.url()).toBe(`${holdfast.url}/runs/${id}`);
  });

  test("a queue is shown with what waits, its limit and its rate; it is paused and resumed after asking", async () => {
    const page = await open("/queues");
    await line(page, "mails").getByText("100 in 1 h").waitFor();
    await page.getByRole("button", { name: "Pause mails" }).click();
    await say(page, "Pause the queue");
    await line(page, "mails").getByText("paused").waitFor();
    const id = await holdfast.trigger("send-mail", { to: "Ann" });
    await expect.poll(() => line(page, "mails").getByRole("cell").nth(1).textContent()).toBe("1");
    expect((await holdfast.run(id)).status).toBe("QUEUED");
    await page.getByRole("button", { name: "Resume mails" }).click();
    await say(page, "Resume the queue");
    expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: "Ann" });
  });

  test("a queue is given another limit, which stands until it is taken back; one that cannot be is refused", async () => {
    const page = await open("/queues");
    const change = page.getByRole("button", { name: "Change the limit of mails" });
    await change.click();
    await page.getByRole("spinbutton").fill("7.5");
    await say(page, "Set the limit");
    await page.getByRole("alert").getByText("HF207").waitFor();
    await page.getByRole("spinbutton").fill("7");
    await say(page, "Set the limit");
    await line(page, "mails").getByText("7 (set by hand)").waitFor();
    await change.click();
    await page.getByText("The code says: 2.").waitFor();
    await page.getByRole("spinbutton").fill("");
    await say(page, "Set the limit");
    await line(page, "mails").getByRole("cell", { name: "2", exact: true }).waitFor();
  });

  test("schedules are shown with their next time; one that was made by a call is stopped, started and deleted", async () => {
    const deduplicationKey = "customer-42";
    await made({ task: "report", cron: "30 6 * * *", timezone: "Asia/Tokyo", deduplicationKey });
    const page = await open("/schedules");
    await line(page, "Europe/Berlin").getByText("in the code").waitFor();
    expect(await line(page, "Europe/Berlin").locator("time").first().textContent()).toMatch(/^in \d+ d$/);
    await line(page, deduplicationKey).getByText("Asia/Tokyo").waitFor();
    await page.getByRole("button", { name: `Deactivate ${deduplicationKey}` }).click();
    await say(page, "Deactivate it");
    await line(page, deduplicationKey).getByText("not active").waitFor();
    await page.getByRole("button", { name: `Activate ${deduplicationKey}` }).click();
    await say(page, "Activate it");
    await line(page, deduplicationKey).getByText("not active").waitFor({ state: "detached" });
    await line(page, deduplicationKey).getByRole("link", { name: "report" }).click();
    await page.getByText("No run fits these filters.").waitFor();
    await page.goBack();
    await page.getByRole("button", { name: `Delete ${deduplicationKey}` }).click();
    await say(page, "Delete it");
    await line(page, deduplicationKey).waitFor({ state: "detached" });
  });

  test("a token that a run waits for is completed by hand, with a value that must be JSON", async () => {
    const run = await holdfast.trigger("approval", {});
    const page = await open("/tokens");
    await line(page, "order_7").getByText("WAITING").waitFor();
    await line(page, "order_7").getByRole("button").click();
    await page.getByRole("textbox").fill("approved");
    await say(page, "Complete the token");
    await page.getByRole("alert").getByText("This is no JSON").waitFor();
    await page.getByRole("textbox").fill('{ "approved": true }');
    await say(page, "Complete the token");
    await line(page, "order_7").getByText("COMPLETED").waitFor();
    expect(await holdfast.finished(run)).toMatchObject({ status: "COMPLETED", output: { approved: true } });
    // The address that completes it is a secret.
    expect(await page.content()).not.toContain("callback");
  });

  test("runs are filtered by tag and by when they were created", async () => {
    await holdfast.request("POST", "/api/v1/tasks/send-mail/trigger", {
      payload: { to: "Bob" },
      options: { tags: ["bob"], delay: "1h" },
    });
    await holdfast.trigger("send-mail", { to: "Cid" });
    const page = await open("/runs?task=send-mail");
    await expect.poll(() => page.getByRole("row").count()).toBeGreaterThan(2);
    await page.getByLabel("Tag").fill("bob");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await page.getByLabel("Created").selectOption("In the last hour");
    expect(new URL(page.url()).search).toBe("?task=send-mail&tag=bob&period=1h");
    await page.reload();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
  });

  test("versions are shown with the runs that keep them, and lead to those", async () => {
    const id = await holdfast.trigger("send-mail", { to: "Eve" }, { delay: "1h", tags: ["kept"] });
    const { version } = await holdfast.run(id);
    const page = await open("/versions");
    const row = line(page, String(version));
    await row.getByText("current").waitFor();
    await row.getByText("send-mail").waitFor();
    await row.getByRole("link").first().click();
    await line(page, "kept").waitFor();
    expect(new URL(page.url()).searchParams.get("version")).toBe(version);
  });

  test("runs are filtered by a text, by queue and by the version of their code", async () => {
    const id = await holdfast.trigger("send-mail", { to: "Dee" }, { tags: ["order_42"] });
    const { version } = await holdfast.finished(id);
    const page = await open("/runs");
    const typed = async (label: string, text: string, rows: number) => {
      await page.getByLabel(label, { exact: true }).fill(text);
      await page.keyboard.press("Enter");
      await expect.poll(() => page.getByRole("row").count()).toBe(rows);
    };
    await typed("Text", "ORDER_42", 2);
    await typed("Queue", "mails", 2);
    await typed("Version", String(version), 2);
    expect(new URL(page.url()).search).toBe(`?text=ORDER_42&queue=mails&version=${version}`);
    await typed("Version", "none", 0);
    await page.getByText("No run fits these filters.").waitFor();
  });

  test("what is half typed into a filter stays while the list is drawn anew", async () => {
    const page = await open("/runs");
    const looks = () => page.waitForResponse((each) => each.url().includes("/api/v1/runs?"));
    const field = page.getByLabel("Text", { exact: true });
    await field.fill("half");
    const id = await holdfast.trigger("square", 6);
    await page.getByText(id).waitFor();
    await looks();
    await field.pressSequentially("way");
    await looks();
    expect(await field.inputValue()).toBe("halfway");
  });

  test("the form of a payload is filled in where the task has a JSON schema", async () => {
    const page = await open("/trigger?task=send-mail");
    await page.getByRole("button", { name: "Fill in its form" }).click();
    expect(JSON.parse(await page.getByLabel("Payload").inputValue())).toEqual({ to: "ann@example.com" });
    await page.getByRole("button", { name: "Trigger …" }).click();
    await say(page, "Start the run");
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    await page.goto("/trigger?task=approval");
    await page.getByLabel("Payload").waitFor();
    expect(await page.getByRole("button", { name: "Fill in its form" }).count()).toBe(0);
  });

  test("axe finds no serious fault on any page, in light and in dark", async () => {
    const failed = await holdfast.trigger("approval", {});
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await openPage(browser, holdfast.url, scheme);
      const faults: string[] = [];
      const look = async (path: string): Promise<void> => {
        // By the debugger's way, which no policy of the page's stops.
        await page.evaluate(axe.source);
        const { violations, passes } = (await page.evaluate("axe.run()")) as axe.AxeResults;
        expect(passes.length).toBeGreaterThan(10);
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        faults.push(...serious.map(({ id, nodes }) => `${path}: ${id}: ${nodes[0]?.html}`));
      };
      await page.goto("/runs");
      await page.getByLabel("Secret key").waitFor();
      await look("sign-in");
      await signIn(page, secretKey);
      for (const path of [
        "/runs",
        `/runs/${failed}`,
        "/queues",
        "/schedules",
        "/tokens",
        "/webhooks",
        "/versions",
        "/secrets",
        "/trigger",
      ]) {
        await page.goto(path);
        await page.getByText("Loading…").waitFor({ state: "detached" });
        await page.getByRole("heading", { level: 1 }).waitFor();
        await look(path);
      }
      expect(faults).toEqual([]);
      await page.context().close();
    }
  });
});
