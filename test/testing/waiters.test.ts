/** Waiters for a delivery in a run: canceled, with a key, with an address of their own; wherever the process dies. */
import { expect, test } from "vitest";
import { kitOf, outside } from "./kit.ts";

const source = `import { task, wait, webhooks, WebhookWaiterCancelledError } from "holdfast";
declare const outside: { sent(...args: unknown[]): Promise<void> };
const shop = webhooks.endpoint.define({ id: "shop", source: webhooks.stripe() });
export const buy = task({ id: "buy", run: async (order: number) => {
  const waiter = await webhooks.waiter.create(shop, { match: { "event.order": order }, timeout: "1h", tags: "order" });
  await outside.sent(waiter.id, waiter.isCached);
  const gone = await webhooks.waiter.cancel(waiter);
  const result = await webhooks.waiter.wait(waiter);
  const name = result.ok ? "" : result.error.name;
  const isOne = !result.ok && result.error instanceof WebhookWaiterCancelledError;
  const own = await webhooks.waiter.create(shop, { timeout: "1h", idempotencyKey: "own" });
  const same = await webhooks.waiter.create(shop, { timeout: "2h", idempotencyKey: "own" });
  const path = new URL(own.url ?? "").pathname === "/hooks/shop/" + own.id;
  const late = await webhooks.waiter.wait(own);
  const tooLate = await webhooks.waiter.cancel(own);
  let thrown = "";
  try { await webhooks.waiter.wait(waiter).unwrap(); } catch (error) { thrown = (error as Error).name; }
  const token = await wait.createToken({ timeout: "1h" });
  let refused = "";
  try { await webhooks.waiter.cancel(token.id); } catch (error) { refused = (error as Error).message.slice(0, 5); }
  return [gone, name, isOne, same.id === own.id, path, late.ok ? "" : late.error.name, tooLate, thrown, refused];
} });`;

const output = [
  { cancelled: true },
  "WebhookWaiterCancelledError",
  true,
  true,
  true,
  "WaitpointTimeoutError",
  { cancelled: false, reason: "too_late", deliveryId: "" },
  "WebhookWaiterCancelledError",
  "HF208",
];

test("a canceled waiter fails its wait; one without a match has an address; a key gives the first one", async () => {
  outside({ sent: async () => undefined });
  const kit = await kitOf(source);
  const report = await kit.run("buy", 7);
  expect([report.status, report.output]).toEqual(["COMPLETED", output]);
});

test("wherever its process dies, it ends the same", async () => {
  outside({ sent: async () => undefined });
  const kit = await kitOf(source);
  const { runs, findings } = await kit.crashEverywhere("buy", 7, { seeds: 5 });
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(10);
});

const filtered = `import { task, webhooks } from "holdfast";
const shop = webhooks.endpoint.define({ id: "shop", source: webhooks.stripe() });
export const buy = task({ id: "buy", retry: { maxAttempts: 1 }, run: async (filter: string) => {
  const match = { "event.order": 7 };
  const first = await webhooks.waiter.create(shop, { match, filter, timeout: "1h" });
  const same = await webhooks.waiter.create(shop, { match, filter });
  const other = await webhooks.waiter.create(shop, { match, filter: "event.amount > 1" });
  const own = await webhooks.waiter.create(shop, { filter, timeout: "1h" });
  const late = await webhooks.waiter.wait(first);
  return [same.id === first.id, other.id === first.id, own.url !== undefined, late.ok];
} });`;

test("a filter of a waiter's own: the same is one waiter, another is another, wherever the process dies", async () => {
  const kit = await kitOf(filtered);
  expect(await kit.run("buy", "event.type == 'paid'")).toMatchObject({
    status: "COMPLETED",
    output: [true, false, true, false],
  });
  const { runs, findings } = await kit.crashEverywhere("buy", "event.type == 'paid'", { seeds: 3 });
  expect([findings, runs > 10]).toEqual([[], true]);
});

test("a filter of a waiter's own that cannot be read fails the call, with what is wrong", async () => {
  const kit = await kitOf(filtered);
  const { status, error } = await kit.run("buy", "event.type ==");
  expect([status, error?.message]).toEqual([
    "FAILED",
    expect.stringMatching(/HF510 The filter of this waiter is not valid: it cannot be read/),
  ]);
});
