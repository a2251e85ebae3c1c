/** The client when something fails: what is tried again, and what the caller learns. */
import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../engine/errors.ts";
import * as errors from "../../sdk/api-errors.ts";
import { apiClient } from "../../sdk/client.ts";
import { key, world } from "../functions/world.ts";
import { clientOf } from "./client-of.ts";

describe("a failure", () => {
  const answer = (
    status: number,
    headers: Record<string, string> = {},
    body = '{"error":"What.","code":"HF212","fix":"Fix."}',
  ) => new Response(body, { status, headers });
  test("of the network or the server is tried again, up to four times in all", async () => {
    const w = world();
    for (const status of [408, 429, 500, 502, 503]) {
      const { client, requests } = clientOf(w, async (_request, number) =>
        number === 1 ? answer(status) : "forward",
      );
      await client.tasks();
      expect([status, requests.length]).toEqual([status, 2]);
    }
    const { client, requests } = clientOf(w, async () => answer(503));
    await expect(client.tasks()).rejects.toBeInstanceOf(errors.InternalServerError);
    expect(requests).toHaveLength(4);
  });
  test("of a resume is tried again only if the server has surely done nothing", async () => {
    const w = world();
    for (const [status, tries] of [
      [500, 1],
      [503, 1],
      [429, 2],
    ] as const) {
      const { client, requests } = clientOf(w, async (_request, number) =>
        number === 1 ? answer(status) : answer(404),
      );
      await expect(client.resumeRun("run_1")).rejects.toBeInstanceOf(errors.ApiError);
      expect([status, requests.length]).toEqual([status, tries]);
    }
    const lost = clientOf(w, async () => "forward, then lose the answer");
    await expect(lost.client.resumeRun("run_1")).rejects.toMatchObject({ code: "HF504" });
    expect(lost.requests).toHaveLength(1);
  });
  test("that the server means is not tried again, and is an error of its own class with code and fix", async () => {
    const w = world();
    const classes: Readonly<Record<number, typeof errors.ApiError>> = {
      400: errors.BadRequestError,
      401: errors.AuthenticationError,
      403: errors.PermissionDeniedError,
      404: errors.NotFoundError,
      409: errors.ConflictError,
      413: errors.ApiError,
      422: errors.UnprocessableEntityError,
    };
    for (const [status, ErrorClass] of Object.entries(classes)) {
      const { client, requests } = clientOf(w, async () => answer(Number(status)));
      const error = await client.tasks().catch((each: unknown) => each);
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({
        name: ErrorClass.name,
        status: Number(status),
        code: "HF212",
        fix: "Fix.",
        message: "HF212 What. Fix.",
        error: { code: "HF212" },
      });
      expect(requests).toHaveLength(1);
    }
    const { client } = clientOf(w, async () => answer(404, {}, "<html>"));
    await expect(client.tasks()).rejects.toMatchObject({
      status: 404,
      code: undefined,
      message: expect.not.stringContaining("html"),
    });
  });
  test("waits as long as the server asks", async () => {
    const w = world();
    const { client } = clientOf(w, async (_request, number) =>
      number === 1 ? answer(429, { "retry-after": "1" }) : "forward",
    );
    const began = Date.now();
    await client.tasks();
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
    const limited = new errors.RateLimitError(429, new Headers({ "retry-after": "3" }), {});
    expect(limited.millisecondsUntilReset).toBe(3_000);
  });
  test("does not wait for a server that asks for minutes", async () => {
    const { client, requests } = clientOf(world(), async () => answer(429, { "retry-after": "120" }));
    await expect(client.tasks()).rejects.toBeInstanceOf(errors.RateLimitError);
    expect(requests).toHaveLength(1);
  });
  test("to reach the server is HF504, and says where it was looked for and what to start", async () => {
    const nobody = apiClient({ baseUrl: "http://127.0.0.1:9", secretKey: key });
    const error = await nobody.tasks().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({
      code: "HF504",
      fix: expect.stringContaining("holdfast dev"),
      message: expect.stringContaining("http://127.0.0.1:9"),
    });
    for (const address of ["", "not a url", "localhost:7474/x"]) {
      await expect(apiClient({ baseUrl: address, secretKey: key }).tasks()).rejects.toMatchObject({
        code: "HF504",
      });
    }
    const { client } = clientOf(world(), async () => new Response("<html>hello</html>"));
    await expect(client.tasks()).rejects.toMatchObject({ code: "HF504" });
  });
  test("to answer in time is HF504", async () => {
    const { client } = clientOf(
      world(),
      (request) =>
        new Promise((_, reject) =>
          request.signal.addEventListener("abort", () => reject(request.signal.reason)),
        ),
      { timeoutMs: 20 },
    );
    await expect(client.resumeRun("run_1")).rejects.toMatchObject({
      code: "HF504",
      message: expect.stringContaining("0.02 s"),
    });
  });
  test("without a key is HF505 before anything is sent", async () => {
    for (const secretKey of [undefined, ""]) {
      const { client, requests } = clientOf(world(), undefined, { secretKey });
      await expect(client.trigger("order")).rejects.toMatchObject({
        code: "HF505",
        fix: expect.stringContaining("HOLDFAST_SECRET_KEY"),
      });
      expect(requests).toEqual([]);
    }
  });
  test("because the caller gave up is the caller's own reason, at once", async () => {
    const gone = new AbortController();
    const { client } = clientOf(world(), async () => answer(503, { "retry-after": "20" }));
    const calling = client.tasks({ signal: gone.signal });
    setTimeout(() => gone.abort(new Error("enough")), 30);
    await expect(calling).rejects.toThrow("enough");
    await expect(client.tasks({ signal: gone.signal })).rejects.toThrow("enough");
  });
});
