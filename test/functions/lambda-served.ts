/** The api function for tests: its handler on the memory store, and the events that it is given. */
import { memorySchedules } from "../../engine/memory-schedules.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Ports } from "../../engine/ports.ts";
import { api } from "../../functions/api.ts";
import { deployedCode } from "../../functions/deployed-code.ts";
import { foundDeliveries } from "../../functions/found-deliveries.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import type { HttpEvent, HttpResult } from "../../functions/http.ts";
import { LambdaWorld } from "./lambda-world.ts";
import { emptyLog } from "./played-log.ts";

export const key = "hf_live_0123456789abcdef";
/** A webhook's secret made of a text. */
export const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, ".")).toString("base64")}`;

/** An event of API Gateway. */
export function event(method: string, rawPath: string, more: Partial<HttpEvent> = {}): HttpEvent {
  return {
    version: "2.0",
    rawPath,
    rawQueryString: "",
    headers: { host: "abc.execute-api.eu-west-1.amazonaws.com", ...more.headers },
    requestContext: { domainName: "abc.execute-api.eu-west-1.amazonaws.com", http: { method } },
    isBase64Encoded: false,
    ...("body" in more ? { body: more.body } : {}),
    ...("cookies" in more ? { cookies: more.cookies } : {}),
    ...("rawQueryString" in more ? { rawQueryString: more.rawQueryString } : {}),
    ...("isBase64Encoded" in more ? { isBase64Encoded: more.isBase64Encoded } : {}),
  } as HttpEvent;
}

/** The handler on a world of its own, with these values in the project's secret. */
export function served(values: Record<string, string>) {
  const w = new LambdaWorld();
  // Webhooks carry the time: the app has to live now.
  const ports = { ...w.ports, clock: { ...w.clock, now: Date.now } };
  const current = { version: "v1", values };
  const secrets = {
    current: async () => current.version,
    values: async () => ({ ...current, isReplaced: false }),
  };
  const manifest = {
    tasks: [
      { id: "order", file: "tasks/order.ts", description: "Ships" },
      { id: "paid", file: "tasks/paid.ts", webhookSecret: "PAID_SECRET" },
      { id: "billed", file: "tasks/billed.ts", webhook: { endpoint: "billed", isBare: true } as const },
    ],
    webhooks: { endpoints: [{ id: "billed", provider: "stripe", options: {} }], matches: [] },
    sites: { s1: { name: "charge", file: "tasks/order.ts", line: 3 } },
  };
  let flushed = 0;
  const bell = { ...w.bell, flush: async () => void flushed++ };
  const linkTo = async (ref: string) => `https://bucket/${ref}`;
  const code = deployedCode(manifest, "7.abcd");
  const schedules = memorySchedules();
  const queues = memoryStore();
  const now = ports.clock.now;
  const erasing = { store: queues, values: { remove: async () => true }, remains: ["backups"] };
  const handle = api({
    ports,
    bell,
    secrets,
    newestSecrets: secrets.current,
    code,
    schedules,
    queues,
    logs: foundLogs("/orders/dispatcher", emptyLog, now),
    deliveries: foundDeliveries("/orders/api", emptyLog, 30, now),
    stage: "Orders",
    linkTo,
    deployments: async () => [{ version: "7.abcd", at: 0 }],
    erasing,
    log: w.log,
  });
  const asPorts: Ports & { readonly spill: typeof ports.spill } = ports;
  return { w, ports: asPorts, handle, current, flushed: () => flushed };
}

export const withKey = { authorization: `Bearer ${key}` };
/** The answer's body. */
export const json = (result: HttpResult) => JSON.parse(result.body ?? "null") as Record<string, unknown>;
