/**
 * The slow path of `encode`: devalue, with one reducer for all kinds of ours and reads that cannot run wild.
 *
 * Owns:      the recorded form of every kind that is not JSON (`["$", [kind, …]]` in devalue's text).
 * Invariant: a value is read once; whatever throws while it is read is a lost part, never an error.
 *            Children come last in a recorded form, so that circular references find their owner made.
 */
import { stringify } from "devalue";
import { answerParts, isAnswer } from "./codec-answer.ts";
import { codecOf, formOf } from "./codec-classes.ts";
import { computedParts } from "./codec-computed.ts";
import { errorParts, isError } from "./codec-errors.ts";
import {
  classOf,
  isArrayPrototype,
  isPlainPrototype,
  isProcessBound,
  naturalTag,
  ownBytes,
  Unreadable,
  unrecordable,
} from "./codec-kinds.ts";
import { tombstoneOf } from "./codec-lost.ts";
import { Places } from "./codec-places.ts";
import { refused, unreadable } from "./codec-refusals.ts";
import { type BodyKind, bodyKind, bodyParts, isUnread } from "./codec-response.ts";
import { HoldfastError } from "./errors.ts";
import { canBeClosed, hasMethod, liveKind } from "./live-values.ts";

/** `record` fails for what cannot be recorded; `fingerprint` never fails and puts class names in its place. */
export type Purpose = "record" | "fingerprint";

/** What stands in fingerprints for the text of a function. */
export type HashSource = (source: string) => string;

type Payload = readonly [kind: string, ...rest: unknown[]];
type Pair = readonly [key: string, value: unknown];

/** A field named `__proto__` travels under this name: devalue refuses the real one. */
export const protoField = "\u0000__proto__";

const wellKnown = new Map<symbol, string>();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const symbol = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof symbol === "symbol") wellKnown.set(symbol, name);
}

class Encoder {
  readonly lost: string[] = [];
  readonly #purpose: Purpose;
  readonly #hash: HashSource;
  readonly #places = new Places();
  /** Class instances: what they hold inside is nobody's business but theirs. */
  readonly #instances = new Set<object>();
  readonly #computed = new Set<object>();
  readonly #errors = new Set<object>();

  constructor(purpose: Purpose, hash: HashSource) {
    this.#purpose = purpose;
    this.#hash = hash;
  }

  encode(value: unknown): string {
    const places = this.#places;
    const operations = {
      get: (from: object, key: string | number) => places.read(from, key),
      isThenable: () => false,
      tagOf: (thing: object) => (Array.isArray(thing) ? "Array" : (naturalTag(thing) ?? "Object")),
      shapeOf: (thing: object) => ({
        kind: Object.getPrototypeOf(thing) === null ? ("null-proto" as const) : ("plain" as const),
        keys: Object.keys(thing),
      }),
      entriesOf: (map: Map<unknown, unknown>) => places.entries(map),
      valuesOf: (set: Set<unknown>) => places.values(set),
      viewInfo: ownBytes,
    };
    return stringify(value, { $: (thing: unknown) => this.#reduce(thing) }, { operations });
  }

  #reduce(thing: unknown): Payload | false {
    if (typeof thing === "symbol") return this.#symbol(thing);
    const isObject = typeof thing === "object" && thing !== null;
    if ((!isObject && typeof thing !== "function") || this.#places.isOurs(thing)) return false;
    this.#places.visit(thing);
    const payload = typeof thing === "function" ? this.#function(thing) : this.#object(thing);
    if (payload !== false) this.#places.own(payload, thing);
    return payload;
  }

  #object(thing: object): Payload | false {
    if (thing instanceof Unreadable) return this.#lose("property that throws when read", thing);
    const prototype = Object.getPrototypeOf(thing) as object | null;
    if (Array.isArray(thing)) return this.#array(thing, prototype);
    if (prototype === null || isPlainPrototype(prototype)) return this.#plain(thing, prototype);
    const codec = codecOf(thing);
    if (codec !== undefined) return this.#registered(thing, codec.name, codec.codec.toJSON(thing));
    if (typeof Buffer !== "undefined" && Buffer.isBuffer(thing)) return ["buffer", thing.toString("base64")];
    if (naturalTag(thing) !== undefined) return naturalParts(thing);
    if (isError(thing)) return this.#error(thing);
    return this.#special(thing) ?? this.#live(thing) ?? this.#instance(thing, prototype);
  }

  #special(thing: object): Payload | undefined {
    const kind = bodyKind(thing);
    if (kind !== undefined) return this.#body(thing, kind);
    if (thing instanceof Headers) return this.#parts(thing, "headers", [...thing]);
    if (thing instanceof FormData) return this.#parts(thing, "form", [...thing]);
    return undefined;
  }

  #live(thing: object): Payload | undefined {
    if (this.#places.isWithin(thing, this.#errors) && isAnswer(thing)) return this.#answer(thing);
    const kind = unrecordable(thing) ?? liveKind(thing);
    if (kind !== undefined) return this.#unrecorded(kind, thing);
    // A client inside a result: a closing method, and something of a process in its fields.
    const isClient =
      canBeClosed(thing) && Object.keys(thing).some((key) => isProcessBound(this.#places.read(thing, key)));
    return isClient ? this.#unrecorded(classOf(thing), thing) : undefined;
  }

  #answer(thing: object): Payload {
    const [form, fields] = answerParts(thing, (key) => this.#places.read(thing, key));
    this.#places.own(fields, thing);
    return ["class", form, fields];
  }

  /** Anything that no journal can keep: lost inside a value, an error where the value is nothing else. */
  #unrecorded(kind: string, thing: object | symbol): Payload {
    if (this.#purpose === "fingerprint") return ["lost", kind];
    const isPrivate = typeof thing === "object" && this.#places.isWithin(thing, this.#instances);
    const isRefused = /^(?:promise$|Weak)/.test(kind) && !isPrivate;
    if (isRefused || this.#places.isRoot(thing)) throw refused(kind, this.#places.path(thing));
    return this.#lose(kind, thing);
  }

  #lose(kind: string, thing: object | symbol): Payload {
    if (this.#purpose === "fingerprint") return ["lost", kind];
    const path = this.#places.path(thing);
    this.lost.push(path);
    return ["lost", path, kind];
  }

  #function(thing: object): Payload {
    const buried = tombstoneOf(thing);
    if (buried !== undefined) return ["lost", buried.path, buried.kind];
    if (this.#purpose === "record") return this.#unrecorded("function", thing);
    return ["function", this.#hash(Function.prototype.toString.call(thing))];
  }

  #symbol(thing: symbol): Payload {
    const key = Symbol.keyFor(thing);
    const known = wellKnown.get(thing);
    const other = (): Payload =>
      known === undefined ? this.#unrecorded("symbol", thing) : ["symbol", known, 1];
    const payload: Payload = key === undefined ? other() : ["symbol", key];
    this.#places.claim(payload);
    return payload;
  }

  #array(thing: unknown[], prototype: object | null): Payload | false {
    const keys = Object.keys(thing);
    // Indexes come first: behind them are the fields, if there are any.
    const extra = isIndex(keys.at(-1) ?? "0") ? [] : keys.filter((key) => !isIndex(key));
    const isPlain = prototype === null || isArrayPrototype(prototype);
    if (extra.length === 0 && isPlain) return false;
    const items = Array.prototype.slice.call(thing) as unknown[];
    // A subclass may give its own class from slice.
    Object.setPrototypeOf(items, Array.prototype);
    this.#places.own(items, thing);
    const fields = this.#fields(thing, extra);
    return isPlain ? ["array", items, fields] : ["array", items, fields, this.#form(prototype)];
  }

  #plain(thing: object, prototype: object | null): Payload | false {
    if (hasMethod(thing, "then")) return this.#unrecorded("thenable", thing);
    const symbols = Object.getOwnPropertySymbols(thing).filter((key) => isEnumerable(thing, key));
    const isOdd = symbols.length > 0 || Object.hasOwn(thing, "__proto__") || hasMethod(thing, "toJSON");
    const isOwnRealm = prototype === null || prototype === Object.prototype;
    return isOdd || !isOwnRealm ? this.#entries(thing, prototype, symbols) : false;
  }

  /** A plain object with keys that devalue does not take, as a list of keys and values. */
  #entries(thing: object, prototype: object | null, symbols: readonly symbol[]): Payload {
    const payload: [string, ...unknown[]] = ["entries", prototype === null ? 1 : 0];
    const names: unknown[] = [...payload];
    for (const key of [...Object.keys(thing), ...symbols]) {
      const value = this.#places.read(thing, key);
      const isToJson = key === "toJSON" && typeof value === "function";
      if (isToJson || (typeof key === "symbol" && Symbol.keyFor(key) === undefined && !wellKnown.has(key))) {
        const path = this.#places.path(thing);
        this.lost.push(isToJson ? `${path}.toJSON`.replace(/^\./, "") : `${path}[${String(key)}]`);
        continue;
      }
      payload.push(key, value);
      names.push(key, key);
    }
    this.#places.own(payload, thing, names);
    return payload;
  }

  #registered(thing: object, name: string, data: unknown): Payload {
    if (typeof data === "object" && data !== null) this.#places.standIn(data, thing);
    return ["custom", name, data];
  }

  #error(thing: object): Payload {
    const { form, parts, fields, hidden } = errorParts(thing, this.#purpose === "record");
    this.#instances.add(thing);
    this.#errors.add(thing);
    this.#places.own(parts, thing);
    const known = typeof form === "string" ? form : this.#form(Object.getPrototypeOf(thing) as object);
    const isDom = Object.prototype.toString.call(thing) === "[object DOMException]";
    const payload: [string, ...unknown[]] = isDom ? ["dom", "", parts] : ["error", known, parts];
    if (fields.length > 0 || hidden.length > 0) payload.push(this.#fields(thing, fields));
    if (hidden.length > 0) payload.push(this.#fields(thing, hidden));
    return payload;
  }

  #instance(thing: object, prototype: object): Payload {
    this.#instances.add(thing);
    const payload: Payload = ["class", this.#form(prototype), this.#fields(thing, Object.keys(thing))];
    // An instance that an accessor made may make another one, and so on.
    if (this.#purpose === "fingerprint" || this.#places.isWithin(thing, this.#computed)) return payload;
    const parts = computedParts(thing, formOf(prototype), (key) => this.#places.read(thing, key));
    if (parts.length === 0) return payload;
    const computed = Object.fromEntries(parts);
    this.#places.own(computed, thing);
    this.#computed.add(computed);
    return [...payload, computed];
  }

  /** The outline of a class; in fingerprints its names alone, so that a new method changes nothing. */
  #form(prototype: object): unknown {
    const form = formOf(prototype);
    return this.#purpose === "fingerprint" ? form.map(({ n }) => n).join(" ") : form;
  }

  /** Some fields of a value, read, as an object of ours. What language and tools call is left out. */
  #fields(thing: object, keys: readonly string[]): object {
    const fields: Record<string, unknown> = {};
    for (const [key, value] of keys.map((key): Pair => [key, this.#places.read(thing, key)])) {
      if (typeof value === "function" && (key === "then" || key === "toJSON")) continue;
      fields[key === "__proto__" ? protoField : key] = value;
    }
    this.#places.own(fields, thing);
    return fields;
  }

  #body(thing: object, kind: BodyKind): Payload {
    if (isUnread(thing) && this.#purpose === "record") this.#unreadBody(thing, kind);
    return this.#parts(thing, kind, ...bodyParts(thing, kind));
  }

  /** A body nobody prepared: lost where it hangs on an error or instance, a mistake everywhere else. */
  #unreadBody(thing: object, kind: BodyKind): void {
    if (kind !== "blob" && (thing as Response).body === null) return;
    const path = this.#places.path(thing);
    if (!this.#places.isWithin(thing, this.#instances))
      throw refused(`${kind} whose body has not been read`, path);
    this.lost.push(`${path}.body`);
  }

  /** A recorded form whose plain parts are ours too. */
  #parts(thing: object, kind: string, ...parts: unknown[]): Payload {
    for (const part of parts)
      if (typeof part === "object" && part !== null && !ArrayBuffer.isView(part))
        this.#places.own(part, thing);
    return [kind, ...parts];
  }
}

const isIndex = (key: string): boolean => /^(?:0|[1-9]\d*)$/.test(key);
const isEnumerable = (thing: object, key: PropertyKey) =>
  Object.prototype.propertyIsEnumerable.call(thing, key);

/** Built-ins are left to devalue, but for a RegExp in the middle of a search. */
function naturalParts(thing: object): Payload | false {
  if (!(thing instanceof RegExp) || thing.lastIndex === 0) return false;
  return ["regexp", thing.source, thing.flags, thing.lastIndex];
}

/** Encodes by the slow path. `lost` lists the paths of what was left out. */
export function encodeSlowly(
  value: unknown,
  purpose: Purpose,
  hash: HashSource,
): { text: string; lost: readonly string[] } {
  const encoder = new Encoder(purpose, hash);
  try {
    return { text: encoder.encode(value), lost: encoder.lost };
  } catch (error) {
    throw error instanceof HoldfastError ? error : unreadable(error);
  }
}
