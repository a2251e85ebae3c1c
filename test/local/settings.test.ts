import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { localConfig } from "../../local/config.ts";
import { keptKeys, projectKeys } from "../../local/keys.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const none = localConfig({});
const kept = (): string => readFileSync(join(folder, "keys.json"), "utf8");

describe("the settings", () => {
  test("have defaults", () => {
    expect(none).toMatchObject({ port: 7474, passesPerRunner: 64 });
    expect(none.runners).toBeGreaterThan(0);
  });

  test("that are not valid are named with what is allowed", () => {
    expect(() => localConfig({ port: Number.NaN })).toThrow(/HF406 The port is NaN.*0 to 65535/);
    expect(() => localConfig({ port: 65_536 })).toThrow("HF406");
    expect(() => localConfig({ runners: 1.5 })).toThrow("HF406");
    expect(() => localConfig({ runnerMemoryMb: 1 })).toThrow("HF406");
    for (const rateLimit of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => localConfig({ rateLimit })).toThrow(/HF406 The rate limit/);
    expect(() => localConfig({ env: { HOLDFAST_SECRET_KEY: "short" } })).toThrow("HF406");
    expect(() => localConfig({ env: { HOLDFAST_WEBHOOK_SECRET: "no secret" } })).toThrow("HF406");
  });

  test("of traces that are not valid are named, too: nothing starts that would send them elsewhere, or not at all", () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect(() => localConfig({ env })).toThrow(/HF406 .*OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"/);
    expect(none.traces).toBeUndefined();
  });

  test("that are empty count as not given", () => {
    const config = localConfig({ env: { HOLDFAST_SECRET_KEY: "", HOLDFAST_WEBHOOK_SECRET: "" } });
    expect(config).not.toHaveProperty("secretKey");
    expect(config).not.toHaveProperty("webhookSecret");
  });
});

describe("the keys", () => {
  test("are made once, and stay", () => {
    const first = projectKeys(folder, none);
    expect(first.secretKey).toMatch(/^hf_dev_[0-9A-Za-z]{43}$/);
    expect(first.made).toBe(true);
    first.keep();
    expect(projectKeys(folder, none)).toMatchObject({
      secretKey: first.secretKey,
      webhookSecret: first.webhookSecret,
      made: false,
    });
    expect(keptKeys(folder)).toEqual({ secretKey: first.secretKey, webhookSecret: first.webhookSecret });
  });

  test("are valid settings themselves", () => {
    const { secretKey, webhookSecret } = projectKeys(folder, none);
    const env = { HOLDFAST_SECRET_KEY: secretKey, HOLDFAST_WEBHOOK_SECRET: webhookSecret };
    expect(localConfig({ env })).toMatchObject({ secretKey, webhookSecret });
  });

  test("of the environment are taken, and not written down", () => {
    const env = { HOLDFAST_SECRET_KEY: "a-key-of-the-environment" };
    const keys = projectKeys(folder, localConfig({ env }));
    keys.keep();
    expect(keys).toMatchObject({ secretKey: "a-key-of-the-environment", made: false });
    expect(kept()).not.toContain("a-key-of-the-environment");
    expect(kept()).toContain(keys.webhookSecret);
  });

  test("may be read by their owner only, also when a crash has left a file behind", () => {
    writeFileSync(join(folder, "keys.json.new"), "");
    chmodSync(join(folder, "keys.json.new"), 0o644);
    projectKeys(folder, none).keep();
    expect(statSync(join(folder, "keys.json")).mode & 0o777).toBe(0o600);
  });

  test("in a file that is damaged are not replaced: callers need them", () => {
    writeFileSync(join(folder, "keys.json"), "{");
    expect(() => projectKeys(folder, none)).toThrow("HF409");
  });
});
