/**
 * What of a value plain JSON can show, and whether that is all of it.
 *
 * Never:     runs code of the value: getters are not called, a value that refuses to be looked at is named as such.
 * Invariant: `exact` is true only if parsing the view's JSON text gives back the very same value.
 */

/** Plain JSON. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A value as JSON. `json` is undefined for what JSON has no word for at its top: undefined, functions, symbols. */
export interface JsonView {
  readonly json: Json | undefined;
  /** True if nothing was lost or changed. */
  readonly exact: boolean;
  /** About how long its text is. */
  readonly chars: number;
}

const levelsMax = 1_000;

/** A short text can stand for an endless view: parts that occur again and again, arrays of a billion holes. */
const charsMax = 8 * 1024 * 1024;

const cut = "[…]";

class Viewer {
  exact = true;
  chars = 0;
  readonly #charsMax: number;
  readonly #open = new Set<object>();
  readonly #seen = new Set<object>();

  constructor(max: number) {
    this.#charsMax = max;
  }

  view(value: unknown): Json | undefined {
    if (this.chars >= this.#charsMax) return this.#instead(cut);
    this.chars += 2;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "boolean":
        return value;
      case "number":
        return this.#number(value);
      case "object":
        return value === null ? null : this.#object(value);
      case "bigint":
        return this.#instead(String(value));
      default:
        return this.#instead(undefined);
    }
  }

  #text(value: string): string {
    const left = this.#charsMax - this.chars;
    this.chars += value.length;
    return value.length <= left ? value : this.#instead(`${value.slice(0, left)}…`);
  }

  #instead<T extends Json | undefined>(json: T): T {
    this.exact = false;
    return json;
  }

  #number(value: number): Json {
    if (Object.is(value, -0)) return this.#instead(0);
    return Number.isFinite(value) ? value : this.#instead(String(value));
  }

  #object(value: object): Json | undefined {
    if (this.#open.has(value)) return this.#instead("[Circular]");
    if (this.#open.size >= levelsMax) return this.#instead("[Nested too deeply]");
    // A part that occurs twice looks the same but is no longer one object.
    if (this.#seen.has(value)) this.exact = false;
    this.#seen.add(value);
    this.#open.add(value);
    try {
      return this.#parts(value);
    } catch {
      return this.#instead("[Cannot be shown]");
    } finally {
      this.#open.delete(value);
    }
  }

  #parts(value: object): Json | undefined {
    if (Array.isArray(value)) return this.#array(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#fields(value);
    this.exact = false;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Error) return this.#error(value);
    if (value instanceof Map) return [...value].map(([key, item]) => [this.#item(key), this.#item(item)]);
    if (value instanceof Set) return [...value].map((item) => this.#item(item));
    if (value instanceof RegExp || value instanceof URL) return String(value);
    if (value instanceof Headers) return Object.fromEntries(value);
    if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
    if (ArrayBuffer.isView(value)) {
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    }
    if (value instanceof Response)
      return { status: value.status, headers: Object.fromEntries(value.headers) };
    return this.#fields(value);
  }

  #item(value: unknown): Json {
    return this.view(value) ?? null;
  }

  #array(value: readonly unknown[]): Json {
    // Holes are not filled in: there may be billions of them.
    if (Object.keys(value).length !== value.length) return this.#instead(this.#fields(value));
    return value.map((item) => this.#item(item));
  }

  #fields(value: object): Json {
    if (Object.getOwnPropertySymbols(value).length > 0) this.exact = false;
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([name, property]) => {
      if (!property.enumerable) return this.#instead([]);
      this.chars += name.length;
      const json = this.view(property.value);
      return json === undefined ? [] : [[name, json] as const];
    });
    return Object.fromEntries(fields);
  }

  #error(value: Error): Json {
    const cause = Object.hasOwn(value, "cause") ? this.view(value.cause) : undefined;
    return {
      name: String(value.name),
      message: String(value.message),
      ...(cause === undefined ? {} : { cause }),
      ...(this.#fields({ ...value, cause: undefined }) as Record<string, Json>),
    };
  }
}

/** A value as JSON; never throws. Beyond `max` characters it is cut. */
export function jsonView(value: unknown, max = charsMax): JsonView {
  if (value === undefined) return { json: undefined, exact: true, chars: 0 };
  const viewer = new Viewer(max);
  const json = viewer.view(value);
  return { json, exact: viewer.exact, chars: viewer.chars };
}

/** The beginning of a value's JSON, for people. */
export function preview(value: unknown, chars = 500): string {
  const text = JSON.stringify(jsonView(value, 2 * chars).json) ?? "undefined";
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
