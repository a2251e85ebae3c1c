/** What the codec promises of errors: class, parts, causes, and whatever else was thrown. */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { decode, encode, installErrorInstances, registerErrorClass } from "../../engine/codec.ts";
import { AbortTaskRunError, HoldfastError, RunCanceledError } from "../../engine/errors.ts";

const copy = <T>(value: T): T => decode(encode(value).text) as T;

class PaymentError extends Error {
  override readonly name = "PaymentError";
  readonly decline: string;
  constructor(decline: string, options?: ErrorOptions) {
    super(`declined: ${decline}`, options);
    this.decline = decline;
  }
  isFinal(): boolean {
    return this.decline === "stolen";
  }
}

describe("errors", () => {
  test.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError])(
    "a built-in %o comes back as its own class with message and stack",
    (Class) => {
      const error = new Class("broken");
      const back = copy(error);
      expect(Object.getPrototypeOf(back)).toBe(Class.prototype);
      expect(back).toBeInstanceOf(Class);
      expect(back.message).toBe("broken");
      expect(back.stack).toBe(error.stack);
      expect(back.name).toBe(Class.name);
      expect(Object.keys(back)).toEqual([]);
      expect(inspect(back)).toBe(inspect(error));
    },
  );

  test("causes, own fields and circular references come back", () => {
    const inner = Object.assign(new RangeError("inner"), { code: "E_INNER", at: new Date(5) });
    const error: Error & { self?: unknown } = new TypeError("outer", { cause: inner });
    error.self = error;
    const back = copy(error);
    const cause = back.cause as typeof inner;
    expect(cause).toBeInstanceOf(RangeError);
    expect([cause.code, cause.at]).toEqual(["E_INNER", new Date(5)]);
    expect(back.self).toBe(back);
    expect(Object.keys(back)).toEqual(["self"]);
  });

  test("a cause that is undefined or no error comes back as it was", () => {
    expect("cause" in copy(new Error("a"))).toBe(false);
    expect("cause" in copy(new Error("a", { cause: undefined }))).toBe(true);
    expect(copy(new Error("a", { cause: "text" })).cause).toBe("text");
  });

  test("an AggregateError keeps its errors and their classes", () => {
    const back = copy(new AggregateError([new TypeError("a"), "b"], "both"));
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors[0]).toBeInstanceOf(TypeError);
    expect(back.errors[1]).toBe("b");
    expect(back.message).toBe("both");
  });

  test("an AbortError comes back as a DOMException", () => {
    const error = new DOMException("stopped", "AbortError");
    const back = copy(error);
    expect(back).toBeInstanceOf(DOMException);
    expect([back.name, back.message, back.code]).toEqual(["AbortError", "stopped", 20]);
    expect(back.stack).toBe(error.stack);
  });

  test("an error of Node keeps its name, class name and code", async () => {
    const error = await readFile("/does/not/exist").catch(
      (reason: unknown) => reason as NodeJS.ErrnoException,
    );
    const back = copy(error) as NodeJS.ErrnoException;
    expect([back.code, back.errno, back.syscall, back.path]).toEqual([
      "ENOENT",
      -2,
      "open",
      "/does/not/exist",
    ]);
    expect(back).toBeInstanceOf(Error);
    const refused = (() => {
      try {
        return spawnSync(5 as unknown as string);
      } catch (reason) {
        return reason as Error;
      }
    })() as Error;
    const again = copy(refused);
    expect(again).toBeInstanceOf(TypeError);
    expect([again.name, again.constructor.name]).toEqual([refused.name, refused.constructor.name]);
  });

  test("Holdfast's own errors come back as their classes", () => {
    const error = new HoldfastError("HF203", "No task.", "Check the id.", { retryable: true });
    const back = copy(error);
    expect(back).toBeInstanceOf(HoldfastError);
    expect([back.code, back.fix, back.retryable, back.name]).toEqual([
      "HF203",
      "Check the id.",
      true,
      "HoldfastError",
    ]);
    expect(copy(new AbortTaskRunError("enough"))).toBeInstanceOf(AbortTaskRunError);
    const canceled = copy(new RunCanceledError("run_1", "timedOut"));
    expect(canceled).toBeInstanceOf(RunCanceledError);
    expect(canceled.code).toBe("HF309");
  });

  test("an error without a message, and one whose stack was removed, come back", () => {
    expect(Object.hasOwn(copy(new Error()), "message")).toBe(false);
    const bare = new Error("no stack");
    delete (bare as { stack?: string }).stack;
    expect(copy(bare).message).toBe("no stack");
  });
});

describe("errors of classes that are not known", () => {
  test("come back as an Error with the same name, class name and fields", () => {
    const error = new PaymentError("stolen");
    const back = copy(error);
    expect(back).toBeInstanceOf(Error);
    expect([back.name, back.constructor.name, back.decline]).toEqual([
      "PaymentError",
      "PaymentError",
      "stolen",
    ]);
    expect(back.message).toBe("declined: stolen");
  });

  test("a lost method fails with HF303 when it is called, not when it is looked at", () => {
    const back = copy(new PaymentError("lost"));
    expect(typeof back.isFinal).toBe("function");
    expect(() => back.isFinal()).toThrow(
      /HF303 PaymentError\.isFinal is a method.*registerCodec\(PaymentError/,
    );
    expect(() => inspect(back) + JSON.stringify(back)).not.toThrow();
  });

  test("instanceof holds by the recorded class, once it is installed, and its methods work", () => {
    const back = copy(new PaymentError("stolen"));
    installErrorInstances();
    installErrorInstances();
    expect(back instanceof TypeError).toBe(false);
    expect(back instanceof PaymentError).toBe(true);
    expect(back.isFinal()).toBe(true);
    expect(Object.getPrototypeOf(back)).toBe(PaymentError.prototype);
  });

  test("instanceof holds for a class in the middle of the chain, and not for others of that name", () => {
    class CardError extends PaymentError {}
    class HttpError extends Error {}
    const other = { PaymentError: class PaymentError extends HttpError {} };
    const back = copy(new CardError("x"));
    expect([back instanceof PaymentError, back instanceof CardError]).toEqual([true, true]);
    expect(copy(new CardError("x")) instanceof other.PaymentError).toBe(false);
    expect(copy(new PaymentError("x")) instanceof CardError).toBe(false);
  });

  test("instanceof stays what it is for everything else", () => {
    expect(new TypeError("x") instanceof Error).toBe(true);
    expect(new Error("x") instanceof PaymentError).toBe(false);
    expect({ name: "PaymentError" } instanceof (PaymentError as unknown as typeof Error)).toBe(false);
    expect((null as unknown) instanceof Error).toBe(false);
  });

  test("registered classes come back as themselves", () => {
    class QuotaError extends Error {
      readonly left = 3;
      describe(): string {
        return `${this.left} left: ${this.message}`;
      }
    }
    class DailyQuotaError extends QuotaError {}
    registerErrorClass(QuotaError);
    expect(copy(new QuotaError("soon")).describe()).toBe("3 left: soon");
    const daily = copy(new DailyQuotaError("soon"));
    expect(daily).toBeInstanceOf(QuotaError);
    expect([daily.constructor.name, daily.describe()]).toEqual(["DailyQuotaError", "3 left: soon"]);
  });

  test("a plain value on the class's prototype is there, as axios's isAxiosError is", () => {
    class AxiosError extends Error {}
    Object.defineProperty(AxiosError.prototype, "isAxiosError", { value: true });
    const error = Object.assign(new AxiosError("502"), {
      config: { adapter: () => undefined, url: "/x" },
      response: { status: 502, data: { reason: "bad gateway" } },
    });
    const { text, lost } = encode(error);
    const back = decode(text) as typeof error & { isAxiosError?: boolean };
    expect(lost).toEqual(["config.adapter"]);
    expect(back.isAxiosError).toBe(true);
    expect([back.response.status, back.response.data.reason, back.config.url]).toEqual([
      502,
      "bad gateway",
      "/x",
    ]);
  });
});

describe("thrown values that are no errors", () => {
  test.each([["text"], [404], [null], [undefined], [false], [{ code: 7, at: new Date(0) }]])(
    "%o is kept as it is",
    (thrown) => {
      expect(copy(thrown)).toEqual(thrown);
    },
  );

  test("an error with getters that throw is recorded with the rest", () => {
    const error = new Error("seen");
    Object.defineProperty(error, "secret", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    Object.defineProperty(error, "stack", {
      get: () => {
        throw new Error("no stack");
      },
    });
    expect(copy(error).message).toBe("seen");
  });
});
