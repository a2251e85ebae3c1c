/** The dashboard's routes: what the page may do, what it says before signing in, and what it is without its files. */
import { describe, expect, test } from "vitest";
import { readDashboard } from "../../functions/dashboard-files.ts";
import { refusal, trigger, world } from "./world.ts";

const dashboard = { script: `console.log("page")`, style: "body { color: black }" };
const paths = [
  "/",
  "/runs",
  "/runs/run_1",
  "/queues",
  "/schedules",
  "/tokens",
  "/versions",
  "/trigger",
  "/sign-in",
];

describe("the page", () => {
  test("is the same under each of its paths, and shows nothing before somebody has signed in", async () => {
    const w = world({ dashboard });
    const id = await trigger(w, { payload: "a secret payload" });
    const texts = await Promise.all(
      [...paths, `/runs/${id}`].map(async (path) => (await w.app.request(path)).text()),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toMatch(/a secret payload|order|run_/);
  });
  test("may load its own script and style, talk to its own server, and do nothing else", async () => {
    for (const path of paths) {
      const { status, headers } = await world({ dashboard }).app.request(path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });
  test("has no script and no style in it, and names no other host", async () => {
    const text = await (await world({ dashboard }).app.request("/")).text();
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
    expect(text.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|\/\//);
  });
  test("without its built files says how they are made, and the API goes on", async () => {
    const w = world();
    expect(await refusal(await w.app.request("/"))).toMatchObject({
      status: 503,
      code: "HF424",
      fix: expect.stringContaining("npm run build"),
    });
    expect((await w.send("GET", "/api/v1/runs")).status).toBe(200);
    expect(readDashboard(new URL("no-such-folder/", import.meta.url))).toBeUndefined();
  });
});

describe("script and style", () => {
  const assets = async (files: typeof dashboard) => {
    const { app } = world({ dashboard: files });
    const found = [...(await (await app.request("/")).text()).matchAll(/"(\/assets\/[^"]+)"/g)];
    return { app, links: found.map(([, link = ""]) => link) };
  };
  test("are served with their types, to be kept for ever", async () => {
    const { app, links } = await assets(dashboard);
    const [style, script] = await Promise.all(links.map((link) => app.request(link)));
    expect(await style?.text()).toBe(dashboard.style);
    expect(await script?.text()).toBe(dashboard.script);
    expect(style?.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(script?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    for (const each of [style, script]) {
      expect(each?.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(each?.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
  test("have other names when they change, and old names are not found", async () => {
    const [one, two] = [await assets(dashboard), await assets({ ...dashboard, script: "other()" })];
    expect(one.links[0]).toBe(two.links[0]);
    expect(one.links[1]).not.toBe(two.links[1]);
    expect((await two.app.request(one.links[1] ?? "")).status).toBe(404);
  });
});
