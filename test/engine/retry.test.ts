/** What is tried again, when, and what counts as a failure. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../engine/codec.ts";
import { AbortTaskRunError, HoldfastError, RunCanceledError } from "../../engine/errors.ts";
import {
  defaultRetry,
  delayBefore,
  looksLikeFailure,
  type RetryOptions,
  resolveRetry,
  verdict,
} from "../../engine/retry.ts";
import { chosenSeed } from "../heavy/random.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const failed = (fields: object): Error => Object.assign(new Error("failed"), fields);

describe("retry options", () => {
  test("fall back to the defaults one by one, and take the short names", () => {
    expect(resolveRetry(undefined)).toEqual(defaultRetry);
    expect(resolveRetry({ maxAttempts: 5 })).toEqual({ ...defaultRetry, maxAttempts: 5 });
    expect(resolveRetry({ minTimeout: 10, maxTimeout: 20 })).toMatchObject({
      minTimeoutInMs: 10,
      maxTimeoutInMs: 20,
    });
    expect(resolveRetry({ minTimeoutInMs: 1, minTimeout: 10 }).minTimeoutInMs).toBe(1);
    expect(resolveRetry({ factor: 1 }, { ...defaultRetry, maxAttempts: 9 })).toMatchObject({
      factor: 1,
      maxAttempts: 9,
    });
  });

  test("a least delay above the default's greatest raises the greatest", () => {
    expect(resolveRetry({ minTimeoutInMs: 120_000 })).toMatchObject({
      minTimeoutInMs: 120_000,
      maxTimeoutInMs: 120_000,
    });
  });

  test("a greatest delay below the default's least lowers the least", () => {
    expect(resolveRetry({ maxTimeoutInMs: 5 })).toMatchObject({ minTimeoutInMs: 5, maxTimeoutInMs: 5 });
  });

  test.each<[RetryOptions | number, RegExp]>([
    [{ maxAttempts: 0 }, /HF503 retry\.maxAttempts is 0/],
    [{ maxAttempts: 1.5 }, /maxAttempts/],
    [{ maxAttempts: Number.NaN }, /maxAttempts/],
    [{ maxAttempts: "3" as unknown as number }, /maxAttempts/],
    [{ factor: 0.5 }, /factor/],
    [{ minTimeoutInMs: -1 }, /minTimeoutInMs/],
    [{ maxTimeout: Number.POSITIVE_INFINITY }, /maxTimeoutInMs/],
    [{ minTimeoutInMs: 10, maxTimeoutInMs: 5 }, /minTimeoutInMs is 10.*at most/],
    [{ randomize: 1 as unknown as boolean }, /randomize/],
    [3, /retry is 3/],
  ])("%o is refused with HF503", (options, message) => {
    expect(() => resolveRetry(options as RetryOptions)).toThrow(message);
    expect(() => resolveRetry(options as RetryOptions)).toThrow(HoldfastError);
  });
});

describe("delays", () => {
  test("grow by the factor up to the greatest", () => {
    const policy = { ...defaultRetry, randomize: false };
    expect([1, 2, 3, 6, 7, 100].map((tries) => delayBefore(policy, tries, 0.5))).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
  });

  test("are Trigger.dev's: up to twice as long by chance, never above the greatest", () => {
    expect(delayBefore(defaultRetry, 1, 0)).toBe(1000);
    expect(delayBefore(defaultRetry, 1, 0.5)).toBe(1500);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, random) => {
          const delay = delayBefore(defaultRetry, tries, random);
          expect(Number.isInteger(delay) && delay >= 1000 && delay <= 60_000).toBe(true);
        },
      ),
      { seed: chosenSeed() },
    );
  });
});

describe("verdicts", () => {
  test.each([
    ["an ordinary error", new Error("x")],
    ["a thrown text", "x"],
    ["a thrown null", null],
    ["a network error", failed({ code: "ECONNRESET" })],
    ["status 500", failed({ status: 500 })],
    ["status 408", failed({ status: 408 })],
    ["status 409", failed({ statusCode: 409 })],
    ["status 425", failed({ response: { status: 425 } })],
    ["status 429", failed({ $metadata: { httpStatusCode: 429 } })],
    ["a status that is none", failed({ status: 42 })],
    [
      "a 400 of AWS marked $retryable",
      failed({ $metadata: { httpStatusCode: 400 }, $retryable: { throttling: true } }),
    ],
    ["a 400 named ThrottlingException", failed({ statusCode: 400, name: "ThrottlingException" })],
    ["a 400 marked retryable", failed({ status: 400, retryable: true })],
    ["a Holdfast error marked retryable", new HoldfastError("HF504", "a", "b", { retryable: true })],
  ])("%s is tried again", (_name, error) => {
    expect(verdict(error, now)).toEqual({ retry: true });
  });

  test.each([
    ["AbortTaskRunError", new AbortTaskRunError("enough")],
    ["AbortTaskRunError of another copy", failed({ name: "AbortTaskRunError" })],
    ["RunCanceledError", new RunCanceledError("r", "canceled")],
    ["a Holdfast error", new HoldfastError("HF301", "a", "b")],
    ["ZodError", failed({ name: "ZodError" })],
    ["ValidationError", failed({ name: "ValidationError" })],
    ["status 400", failed({ status: 400 })],
    ["status 404 of a response", failed({ response: { status: 404 } })],
    ["status 422", failed({ statusCode: 422 })],
    ["a 403 of AWS", failed({ $metadata: { httpStatusCode: 403 } })],
  ])("%s is not tried again", (_name, error) => {
    expect(verdict(error, now).retry).toBe(false);
    // The same after the error was recorded.
    expect(verdict(decode(encode(error).text), now).retry).toBe(false);
  });

  test("retry-after is honoured in seconds, as a date, in milliseconds, in any kind of headers", () => {
    const asked = (headers: unknown) => verdict(failed({ status: 429, response: { headers } }), now).afterMs;
    expect(asked({ "retry-after": "7" })).toBe(7000);
    expect(asked({ "Retry-After": 1.5 })).toBe(1500);
    expect(asked(new Headers({ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }))).toBe(30_000);
    expect(asked({ "retry-after": "Wed, 31 Dec 2025 23:00:00 GMT" })).toBe(0);
    expect(asked({ "retry-after-ms": "250" })).toBe(250);
    expect(asked({ "retry-after": "soon" })).toBeUndefined();
    expect(asked({ "retry-after": "99999999" })).toBe(86_400_000);
    expect(verdict(failed({ headers: { "retry-after": "2" } }), now).afterMs).toBe(2000);
  });

  test("hostile errors are judged without a throw", () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    const hostile = new Proxy(new Error("x"), { get: trap, has: trap });
    expect(verdict(hostile, now)).toEqual({ retry: true });
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(typeof verdict(thrown, now).retry).toBe("boolean");
      }),
      { seed: chosenSeed() },
    );
  });
});

describe("results that look like failures", () => {
  test.each([
    [null],
    [undefined],
    [false],
    [{ ok: false }],
    [{ success: false, data: 1 }],
    [{ error: "x" }],
    [{ error: { code: 1 } }],
    [{ status: 400 }],
    [{ statusCode: 503 }],
    [{ status: "failed" }],
    [{ status: "PROCESSING" }],
    [{ state: "in_progress" }],
    [{ state: "running" }],
    [new Response("", { status: 404 })],
    [Response.error()],
  ])("%o is one", (result) => {
    expect(looksLikeFailure(result)).toBe(true);
  });

  test.each([
    [true],
    [0],
    [""],
    ["error"],
    [[]],
    [{}],
    [{ ok: true }],
    [{ error: null }],
    [{ error: "" }],
    [{ status: 200 }],
    [{ status: "succeeded" }],
    [{ state: 500 }],
    [{ data: null }],
    [new Response("")],
    [() => false],
  ])("%o is none", (result) => {
    expect(looksLikeFailure(result)).toBe(false);
  });
});
