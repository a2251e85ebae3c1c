/** Which server and which key: what was configured, then the environment. */
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.resetModules();
});

const names = ["HOLDFAST_SECRET_KEY", "HOLDFAST_API_URL", "TRIGGER_SECRET_KEY", "TRIGGER_API_URL"];

async function fresh(env: Readonly<Record<string, string>> = {}) {
  for (const name of names) vi.stubEnv(name, env[name] ?? "");
  return import("../../sdk/config.ts");
}

test("without anything said it is the local server, and no key", async () => {
  const { clientConfig, defaultBaseUrl } = await fresh();
  expect(clientConfig()).toEqual({ baseUrl: defaultBaseUrl, secretKey: undefined });
});

test("Holdfast's variables come before Trigger.dev's, and configure before both", async () => {
  const trigger = { TRIGGER_SECRET_KEY: "t", TRIGGER_API_URL: "http://t" };
  const { clientConfig, configure } = await fresh(trigger);
  expect(clientConfig()).toEqual({ baseUrl: "http://t", secretKey: "t" });
  vi.stubEnv("HOLDFAST_SECRET_KEY", "h");
  vi.stubEnv("HOLDFAST_API_URL", "http://h");
  expect(clientConfig()).toEqual({ baseUrl: "http://h", secretKey: "h" });
  configure({ accessToken: "a" });
  expect(clientConfig()).toEqual({ baseUrl: "http://h", secretKey: "a" });
  configure({ baseURL: "http://c" });
  configure({ secretKey: "c" });
  expect(clientConfig()).toEqual({ baseUrl: "http://c", secretKey: "c" });
});

test("a browser, which has no process, is no failure", async () => {
  const { clientConfig } = await fresh();
  for (const process of [undefined, {}]) {
    vi.stubGlobal("process", process);
    expect(clientConfig().secretKey).toBe(undefined);
  }
  vi.unstubAllGlobals();
});

test("a transport stands for address and key, until one of them is given", async () => {
  const { clientConfig, configure } = await fresh({ HOLDFAST_SECRET_KEY: "h" });
  const transport = { address: "orders-api", request: async () => new Response() };
  configure({ transport });
  expect(clientConfig().transport).toBe(transport);
  configure({});
  expect(clientConfig().transport).toBe(transport);
  configure({ secretKey: "c" });
  expect(clientConfig()).toMatchObject({ secretKey: "c" });
  expect(clientConfig()).not.toHaveProperty("transport");
});

test("a transport beside an address or a key is refused: one of them would not count", async () => {
  const { configure } = await fresh();
  const transport = { address: "orders-api", request: async () => new Response() };
  for (const other of [{ secretKey: "c" }, { accessToken: "a" }, { baseURL: "http://c" }]) {
    expect(() => configure({ transport, ...other })).toThrow(/HF514/);
  }
});

test("within a stack's functions calls go the functions' own way, whatever keys the environment has, until an address or a key is configured", async () => {
  const { clientConfig, configure, setOwnTransport } = await fresh({ HOLDFAST_SECRET_KEY: "h" });
  const [own, other] = ["own", "other"].map((address) => ({ address, request: async () => new Response() }));
  if (own === undefined || other === undefined) throw new Error("no transports");
  setOwnTransport(own);
  expect(clientConfig().transport).toBe(own);
  configure({ transport: other });
  expect(clientConfig().transport).toBe(other);
  configure({ baseURL: "http://c" });
  expect(clientConfig()).toMatchObject({ baseUrl: "http://c", secretKey: "h" });
  expect(clientConfig()).not.toHaveProperty("transport");
});

test("what Trigger.dev's configure takes besides is refused, and not when it is undefined", async () => {
  const { configure } = await fresh();
  for (const [name, value] of Object.entries({
    previewBranch: "b",
    requestOptions: { retry: { maxAttempts: 1 } },
  })) {
    expect(() => configure({ secretKey: "s", [name]: value })).toThrow(`HF506 configure was given "${name}"`);
    expect(() => configure({ secretKey: "s", [name]: undefined })).not.toThrow();
  }
});
