/**
 * Callers that invoke the api function themselves: IAM has let them in, and nobody who comes through API Gateway can pass for
 * one of them.
 */
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { event, json, key, served } from "./lambda-served.ts";

const body = JSON.stringify({ payload: { order: 7 } });
const headers = { "content-type": "application/json" };
const path = "/api/v1/tasks/order/trigger";
const invocation = { holdfast: "request", method: "POST", path, headers, body };

describe("a caller within the account", () => {
  test("starts a run without a key, and its ring is sent before the answer", async () => {
    const { handle, w, ports, flushed } = served({});
    const answer = await handle(invocation);
    expect(answer.statusCode).toBe(200);
    const run = await w.run(String(json(answer).id));
    expect(decode(await textOf(ports, run.payload))).toEqual({ order: 7 });
    expect(w.bell.take()).toEqual([{ runId: run.id, inMs: 0 }]);
    expect(flushed()).toBe(1);
  });

  test("gets what the API answers, queries and refusals included", async () => {
    const { handle } = served({});
    const ask = (method: string, of: string) =>
      handle({ holdfast: "request", method, path: of, headers: {} });
    const { id } = json(await handle(invocation));
    expect(json(await ask("GET", `/api/v3/runs/${id}`))).toMatchObject({ id, status: "QUEUED" });
    expect(json(await ask("GET", "/api/v1/runs?limit=0"))).toMatchObject({ code: "HF207" });
    expect(await ask("GET", "/api/v3/runs/run_none")).toMatchObject({ statusCode: 404 });
    expect(await ask("POST", `/api/v2/runs/${id}/cancel`)).toMatchObject({ statusCode: 200 });
  });

  test("gets the names of the tasks' variables, no value, and changes none", async () => {
    const { handle } = served({ STRIPE_KEY: "sk_live_1", HOLDFAST_WEBHOOK_SECRET: "whsec_own" });
    const at = "/api/v1/projects/proj_1/envvars/prod";
    const ask = (method: string, of: string, sent?: object) =>
      handle({ holdfast: "request", method, path: of, headers, ...(sent && { body: JSON.stringify(sent) }) });
    const listed = await ask("GET", at);
    expect(json(listed)).toEqual([{ name: "STRIPE_KEY", value: "<redacted>", isSecret: true }]);
    const changes = [
      await ask("POST", at, { name: "A", value: "1" }),
      await ask("PUT", `${at}/STRIPE_KEY`, { value: "1" }),
      await ask("DELETE", `${at}/STRIPE_KEY`),
    ];
    for (const answer of changes) expect([answer.statusCode, json(answer).code]).toEqual([409, "HF230"]);
    expect(json(await ask("GET", at.replace("prod", "dev")))).toMatchObject({ code: "HF231" });
  });

  test.each([
    ["nothing", null],
    ["no object", "request"],
    ["an empty event", {}],
    ["a ring", { runId: "run_1" }],
    ["another method", { ...invocation, method: "PATCH" }],
    ["a path outside of the API", { ...invocation, path: "/session" }],
    ["a member that nobody asked for", { ...invocation, queryStringParameters: {} }],
    ["a body that is no text", { ...invocation, body: { payload: 1 } }],
  ])("that sends %s is told what is expected, and starts nothing", async (_, sent) => {
    const { handle, w } = served({});
    const answer = await handle(sent);
    expect([answer.statusCode, json(answer)]).toMatchObject([400, { code: "HF213" }]);
    expect((await w.store.list({ limit: 10 })).runs).toEqual([]);
  });

  test("reaches nothing but the API by a path that leads out of it", async () => {
    const { handle } = served({});
    const out = { ...invocation, path: "/api/../session", body: JSON.stringify({ key }) };
    expect(json(await handle(out))).toMatchObject({ code: "HF420" });
    expect(await handle({ ...invocation, path: "/api/../hooks/order" })).toMatchObject({ statusCode: 401 });
  });
});

describe("a caller over HTTP cannot pass for one", () => {
  const refused = async (sent: object) => {
    const { handle, w } = served({});
    expect(json(await handle(sent))).toMatchObject({ code: "HF202" });
    expect((await w.store.list({ limit: 10 })).runs).toEqual([]);
  };

  test("by what he sends: headers, query, cookies or the body of his request", async () => {
    const text = JSON.stringify(invocation);
    await refused(event("POST", path, { headers, body: text }));
    await refused(event("POST", path, { headers: { ...headers, holdfast: "request", path }, body }));
    await refused(event("POST", path, { headers, body, rawQueryString: `holdfast=request&path=${path}` }));
    await refused(event("POST", path, { headers, body, cookies: ["holdfast=request", `env=${text}`] }));
    await refused(event("POST", path, { headers: { ...headers, authorization: "IAM" }, body }));
  });

  test("even if API Gateway handed the members of such a request on", async () => {
    await refused({ ...event("POST", path, { headers, body }), ...invocation });
  });
});
