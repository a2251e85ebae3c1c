/** The OpenAPI file: served, valid, and about every route. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { checkAnswer, spec } from "./answers.ts";
import { get, trigger, world } from "./world.ts";

const w = world();

test("is served without a key, and is valid OpenAPI 3.1", async () => {
  const answer = await w.app.request("/openapi.json");
  expect(answer.status).toBe(200);
  const served = (await answer.json()) as Record<string, unknown>;
  expect(served.openapi).toBe("3.1.0");
  const { valid, errors } = await new Validator().validate(structuredClone(served));
  expect([valid, errors]).toEqual([true, undefined]);
});

test("every route of the app is in it, and nothing else", () => {
  const routes = w.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const told = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.sort()).toEqual([...new Set(routes)].sort());
});

test("each route has what it answers, and its name once", () => {
  const all = Object.values(spec.paths).flatMap((methods) => Object.values(methods));
  const names = all.map((operation) => (operation as unknown as { operationId: string }).operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { responses } of all) {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["200", "4XX", "5XX"]));
    expect(Object.keys(responses[200]?.content ?? {})).toHaveLength(1);
  }
});

test("answers that are otherwise are found", async () => {
  const run = await get(w, `/api/v3/runs/${await trigger(w)}`);
  const answer = (body: object, status = 200): Promise<void> =>
    checkAnswer("GET", "/api/v3/runs/run_1", Response.json(body, { status }));
  await answer(run);
  await expect(answer({ ...run, status: "DONE" })).rejects.toThrow("status");
  await expect(answer({ ...run, surprise: 1 })).rejects.toThrow("additional properties");
  await expect(answer({ error: "no code" }, 404)).rejects.toThrow("code");
  await expect(answer(run, 201)).rejects.toThrow("says nothing");
});

test("what a trigger takes is what the route checks by", () => {
  const text = JSON.stringify(spec.paths["/api/v1/tasks/{id}/trigger"]);
  for (const name of ["idempotencyKeyTTL", "concurrencyKey", "maxDuration"]) expect(text).toContain(name);
});
