/** The client where there is no Node: a browser, a worker at the edge. */
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { end, key, world } from "../functions/world.ts";

test("the client works with fetch and WebCrypto alone, without anything of Node", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ["sdk/client.ts"],
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "holdfast",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
  expect(imports.filter((path) => path.startsWith("node:"))).toEqual([]);
  const w = world();
  const names = [
    "URL",
    "URLSearchParams",
    "AbortController",
    "AbortSignal",
    "Headers",
    "Response",
    "TextEncoder",
    "TextDecoder",
    "crypto",
    "setTimeout",
    "clearTimeout",
    "atob",
    "btoa",
  ];
  const globals = Object.fromEntries(
    names.map((name) => [name, (globalThis as unknown as Record<string, unknown>)[name]]),
  );
  const fetch = async (url: URL, init: RequestInit) => w.app.request(new Request(url, init));
  const context = createContext({ ...globals, fetch, key, told: [] as unknown[] });
  runInContext(outputFiles[0]?.text ?? "", context);
  const { id, at } = (await runInContext(
    `(async () => {
      const client = holdfast.apiClient({ baseUrl: "http://localhost:7474", secretKey: key });
      const { id } = await client.trigger("order", { at: new Date(7), big: 8n, list: new Map([[1, new Uint8Array([1, 2])]]) });
      const run = await client.retrieveRun(id);
      return { id, at: run.payload.at.getTime() + Number(run.payload.big) + run.payload.list.get(1)[1] };
    })()`,
    context,
  )) as { id: string; at: number };
  expect(at).toBe(17);
  await end(w, id);
});
