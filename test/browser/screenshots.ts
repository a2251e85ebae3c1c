/**
 * `npm run screenshots`: the pictures of the documents, made of the real page with real runs.
 *
 * Usage: node dist/test/browser/screenshots.js [folder]
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import Stripe from "stripe";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { makeFolder, root } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn } from "./page.ts";
import { startShop } from "./shop.ts";

const providerSecret = "whsec_of_the_pictures";

/** Deliveries of a provider: one that starts a run, twice; one that no filter lets pass; a forged one. */
async function sendWebhooks(url: string): Promise<void> {
  const deliveries = [
    [{ id: "evt_1", type: "paid" }, providerSecret],
    [{ id: "evt_1", type: "paid" }, providerSecret],
    [{ id: "evt_2", type: "refunded" }, providerSecret],
    [{ id: "evt_3", type: "paid" }, "whsec_of_a_forger"],
  ] as const;
  for (const [event, secret] of deliveries) {
    const body = JSON.stringify(event);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
    const headers = { "content-type": "application/json", "stripe-signature": signature };
    await fetch(`${url}/hooks/payments`, { method: "POST", body, headers });
  }
}

/** Runs of every kind; the ids of those that are shown. */
async function fill(holdfast: Holdfast): Promise<{ readonly parallel: string; readonly failed: string }> {
  const parallel = await holdfast.trigger("renovate", {
    rooms: ["kitchen", "bath", "attic", "hall", "cellar"],
  });
  const failed = await holdfast.trigger("charge-card", { order: 1042 });
  await holdfast.trigger("approval", {});
  await holdfast.trigger("remind", { hours: 72 });
  for (const to of ["ann@example.com", "bob@example.com", "cid@example.com", "dee@example.com"])
    await holdfast.trigger("send-mail", { to });
  await holdfast.request("POST", "/api/v1/schedules", {
    ...{ task: "report", cron: "30 6 * * 1-5", timezone: "Asia/Tokyo", deduplicationKey: "customer-42" },
  });
  for (const variables of [{ STRIPE_KEY: "sk_test_1", MAIL_TOKEN: "m-1" }, { STRIPE_KEY: "sk_test_2" }])
    await holdfast.request("POST", "/api/v1/projects/-/envvars/-/import", { variables, override: true });
  await sendWebhooks(holdfast.url);
  await Promise.all([parallel, failed].map((id) => holdfast.finished(id)));
  return { parallel, failed };
}

async function main(folder: string): Promise<void> {
  if (!hasBrowser) throw new Error("The pictures are made in Chromium, and there is none.");
  const [browser, shop, data] = await Promise.all([startBrowser(), startShop(), makeFolder("pictures")]);
  const project = join(root, "test", "browser");
  const env = { SHOP_URL: shop.url, STRIPE_WEBHOOK_SECRET: providerSecret };
  const holdfast = await startHoldfast({ project, tasks: "tasks", data: data.path, env });
  try {
    await mkdir(folder, { recursive: true });
    const { parallel, failed } = await fill(holdfast);
    const { page } = await openPage(browser, holdfast.url);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto("/runs");
    await signIn(page, secretKey);
    const take = async (
      name: string,
      path: string,
      prepare?: (page: Page) => Promise<void>,
    ): Promise<void> => {
      await page.goto(path);
      await page.getByText("Loading…").waitFor({ state: "detached" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await prepare?.(page);
      await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
      process.stdout.write(`${join(folder, `${name}.png`)}\n`);
    };
    await take("runs", "/runs");
    await take("run", `/runs/${parallel}`);
    await take("failed", `/runs/${failed}`);
    await take("resume", `/runs/${failed}`, async () => {
      await page.getByRole("button", { name: "Resume …" }).click();
      await page.getByRole("region", { name: "Plan" }).waitFor();
    });
    for (const name of ["queues", "schedules", "tokens", "webhooks", "versions", "secrets"])
      await take(name, `/${name}`);
  } finally {
    await browser.close();
    await holdfast.stop();
    await shop.close();
    await data.remove();
  }
}

await main(process.argv[2] ?? join(root, "docs", "images"));
