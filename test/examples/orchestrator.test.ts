/** examples/orchestrator through the real `holdfast dev`: a parent, a child of another file, and fifty children at once. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { kill } from "../world/processes.ts";
import { startServer, type TestServer } from "./servers.ts";

const customers = Array.from({ length: 50 }, (_, i) => `customer-${i + 1}`);

let billing: TestServer;
let data: Folder;
let holdfast: Holdfast;
/** Invoices that get no answer until somebody lets them go. */
let held: { readonly after: number; readonly arrived: () => void } | undefined;
/** What billing has answered, by key: a good service answers the same again. */
const answered = new Map<string, unknown>();
let refused = "";

beforeAll(async () => {
  data = await makeFolder("orchestrator");
  billing = await startServer(({ method, key, body }) => {
    if (method === "GET") return { body: customers };
    const { customer } = JSON.parse(body.toString()) as { customer: string };
    if (customer === refused) return { status: 422, body: { error: "no address" } };
    if (held !== undefined && answered.size >= held.after) {
      held.arrived();
      return undefined;
    }
    answered.set(key, { customer, amount: Number(customer.slice(9)) });
    return { body: answered.get(key) };
  });
  holdfast = await startHoldfast({
    project: join(root, "examples", "orchestrator"),
    tasks: "tasks",
    data: data.path,
    env: { BILLING_URL: billing.url },
  });
});

afterAll(async () => {
  await holdfast?.stop();
  await billing?.close();
  await data?.remove();
});

/** Requests since `before`: look-ups of the list, and invoices by their key. */
function since(before: number) {
  const requests = billing.requests.slice(before);
  const keys = requests.filter(({ method }) => method === "POST").map(({ key }) => key);
  return { lists: requests.length - keys.length, keys };
}

const total = 1_275;

test("the parent gets the list from one child and an invoice from each of fifty, all at once and each once", async () => {
  const before = billing.requests.length;
  const id = await holdfast.trigger("monthly-report", { month: "2026-01" });
  expect(await holdfast.finished(id)).toMatchObject({
    status: "COMPLETED",
    output: { month: "2026-01", invoices: 50, total },
  });
  const { lists, keys } = since(before);
  expect([lists, keys.length, new Set(keys).size]).toEqual([1, 50, 50]);
  const tree = await holdfast.checkpoints(id);
  const children = tree.filter(({ sort }) => sort === "child");
  expect(children).toHaveLength(51);
  expect(new Set(children.map(({ runId }) => runId)).size).toBe(51);
});

test("killed in the middle, it goes on: no invoice that was recorded is sent again, one that was cut off has its key", async () => {
  const before = billing.requests.length;
  answered.clear();
  const arrived = new Promise<void>((resolve) => {
    held = { after: 20, arrived: resolve };
  });
  const id = await holdfast.trigger("monthly-report", { month: "2026-02" });
  await arrived;
  for (const pid of await holdfast.runners()) kill(pid);
  held = undefined;
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: { invoices: 50, total } });
  const { lists, keys } = since(before);
  expect(lists).toBe(1);
  expect(new Set(keys).size).toBe(50);
  const mostOf = Math.max(...[...new Set(keys)].map((key) => keys.filter((each) => each === key).length));
  expect(mostOf).toBeLessThanOrEqual(2);
});

test("a child that fails for good fails its parent; resumed, the other children are not asked again", async () => {
  const before = billing.requests.length;
  refused = "customer-7";
  const id = await holdfast.trigger("monthly-report", { month: "2026-03" });
  const failed = await holdfast.finished(id);
  expect(failed.status).toBe("FAILED");
  expect(failed.error?.message).toContain("customer-7");
  refused = "";
  await holdfast.request("POST", `/api/v1/runs/${id}/resume`, {});
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: { invoices: 50, total } });
  const sent = billing.requests.slice(before).flatMap(({ method, body }) => {
    return method === "POST" ? [(JSON.parse(body.toString()) as { customer: string }).customer] : [];
  });
  expect(since(before).lists).toBe(1);
  expect(sent.filter((customer) => customer !== "customer-7").sort()).toEqual(
    customers.filter((customer) => customer !== "customer-7").sort(),
  );
});
