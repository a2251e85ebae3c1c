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

test("a filter of a waiter's own is refused in a run, with what to write instead", async () => {
  const kit = await kitOf(`import { task, webhooks } from "holdfast";
const shop = webhooks.endpoint.define({ id: "shop", source: webhooks.stripe() });
export const buy = task({ id: "buy", retry: { maxAttempts: 1 }, run: async () => {
  await webhooks.waiter.create(shop, { filter: "event.a == 1" } as never);
} });`);
  const { status, error } = await kit.run("buy");
  expect([status, error?.message]).toEqual([
    "FAILED",
    expect.stringMatching(/HF510 A waiter has no filter of its own.*into match/),
  ]);
});
