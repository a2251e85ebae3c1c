/** The page of webhooks in Chromium, on a real `holdfast serve` that real deliveries come to, good and bad. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deliveryMessage } from "../../functions/delivery-notes.ts";
import { foundDeliveries } from "../../functions/found-deliveries.ts";
import { playedLog } from "../functions/played-log.ts";
import { world } from "../functions/world.ts";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";

const secret = "whsec_a_canary_of_the_provider";
let browser: Browser;
let data: Folder;
let holdfast: Holdfast;
let watched: WatchedPage;

/** A delivery as the provider sends it; gives what it was answered. */
async function deliver(event: object, signedBy = secret, address = "payments"): Promise<unknown> {
  const payload = JSON.stringify(event);
  const answer = await fetch(`${holdfast.url}/hooks/${encodeURIComponent(address)}`, {
    method: "POST",
    body: payload,
    headers: {
      "content-type": "application/json",
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload, secret: signedBy }),
    },
  });
  return answer.json();
}

/** Deliveries with this text. */
const line = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

describe.skipIf(!hasBrowser)("the page of webhooks", () => {
  beforeAll(async () => {
    [browser, data] = await Promise.all([startBrowser(), makeFolder("webhooks")]);
    const env = { STRIPE_WEBHOOK_SECRET: secret };
    holdfast = await startHoldfast({
      ...{ project: import.meta.dirname, tasks: "tasks", data: data.path, command: "serve", env },
    });
    watched = await openPage(browser, holdfast.url);
    await watched.page.goto("/webhooks");
    await signIn(watched.page, secretKey);
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await data?.remove();
  });

  test("says what to do while nothing has come, and which address lacks its secret", async () => {
    const { page } = watched;
    await page.getByText("Nothing has been delivered yet").waitFor();
    await line(page, "/hooks/payments").getByText("STRIPE_WEBHOOK_SECRET").waitFor();
    await line(page, "/hooks/issues").getByText("is not set").waitFor();
    await line(page, "/hooks/letter").getByText("LETTER_SECRET").waitFor();
  });

  test("shows what became of each delivery, links the run that it started, and keeps its filters in the URL", async () => {
    const { page } = watched;
    const { id } = (await deliver({ id: "evt_1", type: "paid" })) as { id: string };
    await deliver({ id: "evt_1", type: "paid" });
    await deliver({ id: "evt_2", type: "refunded" });
    await deliver({ id: "evt_3", type: "paid" }, "whsec_forged");
    await line(page, "refused").getByText("The signature is wrong.").waitFor();
    await line(page, "filtered").getByText("No filter let it pass.").waitFor();
    await line(page, "repeated").getByText("started by an earlier delivery").waitFor();
    await page.getByLabel("Outcome").selectOption("accepted");
    await expect.poll(() => page.getByRole("link", { name: "payments" }).count()).toBe(2);
    await page.reload();
    expect(await page.getByLabel("Outcome").inputValue()).toBe("accepted");
    await page.getByLabel("Address").selectOption("issues");
    await page.getByText("No delivery fits this.").waitFor();
    await page.getByRole("link", { name: "Show all" }).click();
    await line(page, "accepted").getByRole("link", { name: "payments" }).click();
    await page.getByText(id).waitFor();
    expect(page.url()).toBe(`${holdfast.url}/runs/${id}`);
    await page.goBack();
    expect(await page.content()).not.toContain(secret);
  });

  test("shows an address that somebody has made up as text, and names nobody in it", async () => {
    const { page } = watched;
    const address = `<img src=x onerror="document.title='owned'">\u202egnp.exe`;
    await deliver({ id: "evt_4" }, secret, address);
    const strange = line(page, "Nothing has this address.");
    await strange.getByText(`<img src=x onerror="document.title='owned'">\\u{202e}gnp.exe`).waitFor();
    expect(await page.title()).toBe("Webhooks · Holdfast");
    expect(await page.locator("img").count()).toBe(0);
  });

  test("in AWS shows what a search through CloudWatch finds, goes on by hand, and says where it is when it cannot", async () => {
    const { page } = watched;
    const log = playedLog(2);
    const found = foundDeliveries("/orders/api", log.search, 30, Date.now);
    const aws = world({ deliveries: { ...found, note: () => undefined } });
    const note = (at: number, endpoint: string) => {
      const delivery = { outcome: "filtered", endpoint, isKnown: true, runs: [], waiters: 0 };
      log.put(at, JSON.stringify({ message: deliveryMessage, delivery }));
    };
    const at = Date.now() - 60_000;
    note(at, "the-oldest");
    for (let n = 1; n <= 2; n++) log.put(at + n, "{}");
    note(at + 3, "the-newest");
    const asked: string[] = [];
    await page.route("**/webhooks/deliveries**", async (route) => {
      const { search } = new URL(route.request().url());
      asked.push(search);
      const answer = await aws.send("GET", `/api/v1/webhooks/deliveries${search}`);
      await route.fulfill({ status: answer.status, json: await answer.json() });
    });
    await page.goto("/webhooks");
    await line(page, "the-newest").waitFor();
    await page.getByRole("link", { name: "Older deliveries" }).click();
    await line(page, "the-oldest").waitFor();
    await page.getByRole("link", { name: "Newest" }).click();
    await line(page, "the-newest").waitFor();
    const before = asked.length;
    log.state.isBusy = true;
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText("CloudWatch could not be searched now.").waitFor();
    await page.getByText("/orders/api").first().waitFor();
    // By hand alone.
    expect(asked.length).toBe(before + 1);
    await page.unrouteAll();
  });

  test("has no accessibility fault, and asks this server alone", async () => {
    const { page } = watched;
    await page.goto("/webhooks");
    await line(page, "accepted").waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
      expect(violations.map(({ id, nodes }) => [scheme, id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    expect(watched.wrongs).toEqual([]);
  });
});
