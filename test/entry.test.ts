/** The callers' entry, bundled for a browser and run where there is nothing of Node. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { root } from "./world/place.ts";

const web = {
  fetch,
  crypto,
  URL,
  URLSearchParams,
  Headers,
  Request,
  Response,
  Blob,
  AbortController,
  AbortSignal,
};
const more = {
  TextEncoder,
  TextDecoder,
  setTimeout,
  clearTimeout,
  queueMicrotask,
  structuredClone,
  btoa,
  atob,
};

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "sdk", "index.ts")],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "holdfast",
  });
  return outputFiles[0]?.text ?? "";
}

test("callers need nothing but fetch and WebCrypto", async () => {
  const asked: { url: string; key: string | null }[] = [];
  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push({ url: request.url, key: request.headers.get("authorization") });
    return Response.json({ id: "run_1", isCached: false });
  };
  const context = createContext({ ...web, ...more, fetch: answering });
  runInContext(await bundle(), context);
  const calls = `holdfast.configure({ baseURL: "http://server.example", secretKey: "tr_dev_key" });
    holdfast.tasks.trigger("order", { number: 1 })`;
  expect(await runInContext(calls, context)).toMatchObject({ id: "run_1" });
  expect(asked).toEqual([
    { url: "http://server.example/api/v1/tasks/order/trigger", key: "Bearer tr_dev_key" },
  ]);
});

test("its types need none of Node's", () => {
  const seen = new Set<string>();
  const needing: string[] = [];
  const visit = (file: string): void => {
    // Examples in comments name files that are not there.
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
      if (from.startsWith("node:")) needing.push(`${file} ${from}`);
      if (from.startsWith(".")) visit(join(dirname(file), from.replace(/\.ts$/, ".d.ts")));
    }
  };
  visit(join(root, "dist", "sdk", "index.d.ts"));
  expect(seen.size).toBeGreaterThan(20);
  expect(needing).toEqual([]);
});
