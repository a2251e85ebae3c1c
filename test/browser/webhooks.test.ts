/** The page of webhooks in Chromium, on a real `holdfast serve` that real deliveries come to, good and bad. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
