/** The dashboard behind API Gateway: its files beside the api function, its cookie through events, over TLS alone. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api } from "../../functions/api.ts";
import { type DashboardFiles, readDashboard } from "../../functions/dashboard-files.ts";
import { deployedCode } from "../../functions/deployed-code.ts";
import { foundDeliveries } from "../../functions/found-deliveries.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import type { HttpEvent } from "../../functions/http.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { bundleFunctions } from "../../transform/bundle-functions.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { LambdaWorld } from "./lambda-world.ts";
import { emptyLog } from "./played-log.ts";

const key = "hf_live_0123456789abcdef";
const domainName = "abc.execute-api.eu-west-1.amazonaws.com";

let folder: Folder;
let dashboard: DashboardFiles | undefined;

beforeAll(async () => {
  folder = await makeFolder("functions");
  const dir = join(root, "examples", "order", "tasks");
  await bundleFunctions({ dir, packageRoot: root, outDir: folder.path });
  dashboard = readDashboard(pathToFileURL(join(folder.path, "api", "/")));
});
afterAll(() => folder?.remove());

function event(method: string, rawPath: string, more: Partial<HttpEvent> = {}): HttpEvent {
  const headers = { host: domainName, "sec-fetch-site": "same-origin", ...more.headers };
  const requestContext = { domainName, http: { method } };
  return {
    version: "2.0",
    rawPath,
    rawQueryString: "",
    isBase64Encoded: false,
    requestContext,
    ...more,
    headers,
  };
}

/** The handler, with the files that the build has put beside it. */
function handler() {
  const w = new LambdaWorld();
  const ports = { ...w.ports, clock: { ...w.clock, now: Date.now } };
  const current = { version: "v1", values: { HOLDFAST_KEY_HASHES: hashOfKey(key) } };
  const secrets = { current: async () => "v1", values: async () => ({ ...current, isReplaced: false }) };
  const code = deployedCode({ tasks: [], sites: {} }, "7.abcd");
  const bell = { ...w.bell, flush: async () => {} };
  const { schedules, queues, erasing } = {} as never;
  const linkTo = async (ref: string) => ref;
  return api({
    ports,
    bell,
    secrets,
    newestSecrets: secrets.current,
    code,
    dashboard,
    schedules,
    queues,
    logs: foundLogs("lines", emptyLog, Date.now),
    deliveries: foundDeliveries("own lines", emptyLog, 30, Date.now),
    stage: "Orders",
    linkTo,
    deployments: async () => [],
    erasing,
    log: w.log,
  });
}

test("the build puts the page's files beside the api function", () => {
  const built = (name: string): string => readFileSync(join(root, "dist", "dashboard", name), "utf8");
  expect(dashboard).toEqual({ script: built("page.js"), style: built("page.css") });
});

test("the page and its files go through as text, with their policy", async () => {
  const handle = handler();
  const page = await handle(event("GET", "/runs"));
  expect(page).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  expect(page.headers["content-security-policy"]).toContain("script-src 'self'");
  const script = /src="([^"]+)"/.exec(page.body ?? "")?.[1] ?? "";
  expect(await handle(event("GET", script))).toMatchObject({
    statusCode: 200,
    isBase64Encoded: false,
    body: dashboard?.script,
  });
});

test("a session begun in one copy of the function is known to any other, and ends with the key", async () => {
  const signedIn = await handler()(event("POST", "/session", { body: JSON.stringify({ key }) }));
  expect(signedIn.cookies?.[0]).toMatch(
    /^__Host-holdfast-[0-9a-f]{8}=.*; HttpOnly; SameSite=Strict; Secure$/,
  );
  const cookies = [signedIn.cookies?.[0]?.split(";")[0] ?? ""];
  expect(await handler()(event("GET", "/api/v1/tasks", { cookies }))).toMatchObject({ statusCode: 200 });
  const elsewhere = { headers: { host: domainName, "sec-fetch-site": "cross-site" }, cookies };
  expect(await handler()(event("POST", "/api/v1/tasks/order/trigger", elsewhere))).toMatchObject({
    statusCode: 403,
  });
});
