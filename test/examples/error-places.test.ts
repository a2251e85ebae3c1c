/** Each await of the examples fails in its turn: the error that ends the run names its line, and the lines that led there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestkit, type Testkit } from "../../testing/index.ts";
import { root } from "../world/place.ts";

/** What happens to the calls of one path: no answer at all, or one that says 500. */
type Fault = { readonly path: string; readonly how: "no answer" | "500" };
let fault: Fault | undefined;
let isDeclined = false;

/** An outside world without a network: everything is well but for the fault. */
async function answer(input: unknown): Promise<Response> {
  const { pathname } = new URL(input instanceof Request ? input.url : String(input));
  if (fault !== undefined && pathname.includes(fault.path)) {
    if (fault.how === "500") return new Response("{}", { status: 500 });
    throw new TypeError("fetch failed");
  }
  if (pathname.includes("/parcels") && isDeclined) return new Response("{}", { status: 422 });
  if (pathname.includes("/customers")) return Response.json(["ann"]);
  if (pathname.includes("/page")) return new Response("<html><body></body></html>\n");
  return Response.json({ id: "1", tracking: "t", customer: "ann", amount: 1, url: "http://x.example" });
}

const realFetch = globalThis.fetch;
const kits = new Map<string, Promise<Testkit>>();
const kitOf = (example: string): Promise<Testkit> => {
  const kit = kits.get(example) ?? createTestkit({ dir: join(root, "examples", example, "tasks") });
  kits.set(example, kit);
  return kit;
};
beforeAll(() => {
  globalThis.fetch = answer as typeof fetch;
});
afterAll(async () => {
  globalThis.fetch = realFetch;
  for (const kit of kits.values()) await (await kit).close();
});

/** The lines of an example's files that have this text, as a stack names them. */
function linesWith(example: string, text: string): string[] {
  const folder = join(root, "examples", example);
  const files = [folder, join(folder, "tasks")].flatMap((each) =>
    readdirSync(each)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(each, name)),
  );
  return files.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) => (line.includes(text) ? [`${file.slice(root.length + 1)}:${index + 1}`] : [])),
  );
}

const order = { number: "A-1", email: "a@x.example", sku: "lamp", amount: 9, card: "visa", address: "Quay" };
const month = { month: "2026-01" };
const page = { url: "http://site.example/page" };
const video = { name: "one", url: "http://videos.example/one" };

/** Example, task, payload, the path that fails, the text of the failing line, and of the lines that call it. */
const awaits: readonly [string, string, unknown, string, string, ...string[]][] = [
  ["order", "order", order, "/reservations", "/reservations`", "await reserve(order)"],
  ["order", "order", order, "/charges", "/charges`", "await charge(order)"],
  ["order", "order", order, "/parcels", "/parcels`", "await bookParcel(order)"],
  ["order", "order", order, "/messages", "/messages`", "await sendConfirmation(order"],
  ["order", "order", order, "/refunds", "/refunds`", "await refund(payment)"],
  ["order", "order", order, "/releases", "/releases`", "await release(reservation)"],
  ["orchestrator", "list-customers", month, "/customers", "/customers?month"],
  ["orchestrator", "send-invoice", { customer: "ann", ...month }, "/invoices", "/invoices`"],
  ["orchestrator", "monthly-report", month, "/customers", "throw new Error(`There is no list"],
  ["orchestrator", "monthly-report", month, "/invoices", "await Promise.all("],
  ["scraper", "scrape", page, "/page", "await fetch(url)"],
  ["video", "process-video", video, "/one", "const response = await fetch(url)", "await download(name, url)"],
];

describe("an await that fails is named by its line", () => {
  test.each(awaits)("%s, %s: %j at %s", async (example, task, payload, path, failing, ...callers) => {
    const kit = await kitOf(example);
    isDeclined = /refunds|releases/.test(path);
    for (const how of ["no answer", "500"] as const) {
      fault = { path, how };
      const { status, error } = await kit.run(task, payload);
      fault = undefined;
      expect(status).toBe("FAILED");
      const stack = error?.stack ?? "";
      // A bad answer is thrown by the author, a line or more below.
      const wanted = how === "500" ? callers : [failing, ...callers];
      for (const text of wanted) {
        const lines = linesWith(example, text);
        expect(lines.length, text).toBeGreaterThan(0);
        expect(
          lines.some((line) => new RegExp(`${line}\\b`).test(stack)),
          `${how}: ${lines.join(" or ")} in\n${stack}`,
        ).toBe(true);
      }
    }
  });
});
