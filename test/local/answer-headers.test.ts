/** The headers of answers, as the server on this machine gives them. */
import { expect, onTestFinished, test } from "vitest";
import { securityHeaders } from "../../functions/answer-headers.ts";
import { world } from "../functions/world.ts";
import { serveHttp } from "./serve-http.ts";

const dashboard = { script: "", style: "" };

test("over a connection each answer has the headers that the app gives by itself, once, and a route's own in their place", async () => {
  const { app } = world({ dashboard, allowedHosts: ["127.0.0.1", "localhost"] });
  const { url, close } = await serveHttp((request, env) => app.fetch(request, env), 0);
  onTestFinished(() => close(0));
  const policies = new Set<string | null>();
  for (const path of ["/healthz", "/", "/nowhere", "/api/v1/runs", "/api/v1/runs?page=x"]) {
    const here = await app.request(`http://localhost${path}`);
    const there = await fetch(`${url}${path}`);
    await there.text();
    expect([path, there.status]).toEqual([path, here.status]);
    for (const name of Object.keys(securityHeaders)) {
      expect([path, name, there.headers.get(name)]).toEqual([path, name, here.headers.get(name)]);
      expect(there.headers.get(name)).toBeTruthy();
    }
    policies.add(there.headers.get("content-security-policy"));
  }
  expect(policies.size).toBe(2);
});
