/**
 * The slow path of `encode`: devalue, with one reducer for all kinds of ours and reads that cannot run wild.
 *
 * Owns:      the recorded form of every kind that is not JSON (`["$", [kind, …]]` in devalue's text).
 * Invariant: a value is read once; whatever throws while it is read is a lost part, never an error.
 *            Children come last in a recorded form, so that circular references find their owner made.
 */
import { stringify } from "devalue";
import { codecOf, formOf } from "./codec-classes.ts";
import { errorParts, isError } from "./codec-errors.ts";
import {
  classOf,
  formatPath,
  isArrayPrototype,
  isPlainPrototype,
  isProcessBound,
  naturalTag,
  ownBytes,
  Unreadable,
  unrecordable,
} from "./codec-kinds.ts";
import { type Tombstone, tombstoneOf } from "./codec-lost.ts";
import { type BodyKind, bodyKind, bodyParts, isUnread } from "./codec-response.ts";
import { HoldfastError } from "./errors.ts";
import { canBeClosed, hasMethod, liveKind } from "./live-values.ts";

/** `record` fails for what cannot be recorded; `fingerprint` never fails and puts class names in its place. */
export type Purpose = "record" | "fingerprint";

/** What is used in fingerprints for the text of a function. */
export type HashSource = (source: string) => string;

type Payload = readonly [kind: string, ...rest: unknown[]];

/** How a value was reached: the object it was read from and the key; `same` for a part of the same value. */
interface Step {
  readonly parent: object | undefined;
  readonly key: unknown;
  readonly names?: readonly unknown[];
}

const same = Symbol("same place");

const wellKnown = new Map<symbol, string>();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const symbol = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof symbol === "symbol") wellKnown.set(symbol, name);
}

class Encoder {
  readonly lost: string[] = [];
  readonly #purpose: Purpose;
  readonly #hash: HashSource;
  readonly #steps = new Map<object, Step>();
  readonly #ours = new Set<object>();
  readonly #instances = new Set<object>();
  #parent: object | undefined;
  #key: unknown = same;

  constructor(purpose: Purpose, hash: HashSource) {
    this.#purpose = purpose;
    this.#hash = hash;
  }

  encode(value: unknown): string {
    return stringify(
      value,
      { $: (thing: unknown) => this.#reduce(thing) },
      {
        operations: {
          get: (from: object, key: string | number) => this.#read(from, key),
          isThenable: () => false,
          tagOf: (thing: object) => (Array.isArray(thing) ? "Array" : (naturalTag(thing) ?? "Object")),
          shapeOf: (thing: object) => ({
            kind: Object.getPrototypeOf(thing) === null ? ("null-proto" as const) : ("plain" as const),
            keys: Object.keys(thing),
          }),
          entriesOf: (map: Map<unknown, unknown>) => this.#entries(map),
          valuesOf: (set: Set<unknown>) => this.#values(set),
          viewInfo: ownBytes,
        },
      },
    );
  }

  #read(from: object, key: PropertyKey): unknown {
    this.#parent = from;
    this.#key = key;
    try {
      return Reflect.get(from, key) as unknown;
    } catch {
      return new Unreadable();
    }
  }

  *#entries(map: Map<unknown, unknown>): Generator<[unknown, unknown]> {
    for (const [key, value] of Map.prototype.entries.call(map)) {
      this.#parent = map;
      this.#key = [key];
      yield [key, value];
    }
  }

  *#values(set: Set<unknown>): Generator<unknown> {
    let index = 0;
    for (const value of Set.prototype.values.call(set)) {
      this.#parent = set;
      this.#key = index++;
      yield value;
    }
  }

  #reduce(thing: unknown): Payload | false {
    if (typeof thing === "symbol") return this.#symbol(thing);
    if (typeof thing === "function") return this.#function(thing);
    if (typeof thing !== "object" || thing === null || this.#ours.has(thing)) return false;
    if (!this.#steps.has(thing)) this.#steps.set(thing, { parent: this.#parent, key: this.#key });
    const payload = this.#object(thing);
    if (payload !== false) this.#own(payload, thing);
    return payload;
  }

  /** Marks an object of ours as standing in the place of `thing`. */
  #own(object: object, thing: object, names?: readonly unknown[]): void {
    this.#ours.add(object);
    if (!this.#steps.has(object))
      this.#steps.set(object, { parent: thing, key: same, ...(names ? { names } : {}) });
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
    if (typeof Headers !== "undefined" && thing instanceof Headers)
      return this.#parts(thing, "headers", [...thing]);
    if (typeof FormData !== "undefined" && thing instanceof FormData)
      return this.#parts(thing, "form", [...thing]);
    return undefined;
  }

  #live(thing: object): Payload | undefined {
    const kind = unrecordable(thing) ?? liveKind(thing);
    if (kind !== undefined) return this.#unrecorded(kind, thing);
    // A client inside a result: a closing method and something of a process in its fields.
    if (canBeClosed(thing) && Object.values(thing).some(isProcessBound))
      return this.#unrecorded(classOf(thing), thing);
    return undefined;
  }

  /** Anything that no journal can keep: lost inside a value, an error where the value is nothing else. */
  #unrecorded(kind: string, thing: object | symbol): Payload {
    if (this.#purpose === "fingerprint") return ["lost", kind];
    const isPromised = typeof thing === "object" && (kind === "promise" || kind.startsWith("Weak"));
    if (this.#isRoot(thing) || (isPromised && !this.#isWithinInstance(thing)))
      throw refused(kind, this.#path(thing));
    return this.#lose(kind, thing);
  }

  #lose(kind: string, thing: object | symbol): Payload {
    if (this.#purpose === "fingerprint") return ["lost", kind];
    const path = this.#path(thing);
    this.lost.push(path);
    return ["lost", path, kind];
  }

  #function(thing: object): Payload {
    const buried = tombstoneOf(thing);
    if (buried !== undefined) return this.#tombstone(buried);
    if (this.#purpose === "fingerprint")
      return ["function", this.#hash(Function.prototype.toString.call(thing))];
    this.#steps.set(thing, { parent: this.#parent, key: this.#key });
    return this.#claim(this.#unrecorded("function", thing), thing);
  }

  #tombstone({ path, kind }: Tombstone): Payload {
    return this.#claim(["lost", path, kind]);
  }

  #symbol(thing: symbol): Payload {
    const key = Symbol.keyFor(thing);
    if (key !== undefined) return this.#claim(["symbol", key]);
    const known = wellKnown.get(thing);
    if (known !== undefined) return this.#claim(["symbol", known, 1]);
    return this.#claim(this.#unrecorded("symbol", thing));
  }

  #claim(payload: Payload, thing?: object): Payload {
    this.#ours.add(payload);
    if (thing !== undefined) this.#steps.set(payload, { parent: thing, key: same });
    return payload;
  }

  #array(thing: unknown[], prototype: object | null): Payload | false {
    const extra = Object.keys(thing).filter((key) => !isIndex(key));
    const isPlain = prototype === null || isArrayPrototype(prototype);
    if (extra.length === 0 && isPlain) return false;
    const items = Array.prototype.slice.call(thing) as unknown[];
    // A subclass may give its own class from slice.
    Object.setPrototypeOf(items, Array.prototype);
    this.#own(items, thing);
    const fields = this.#fields(
      thing,
      extra.map((key) => [key, this.#read(thing, key)] as const),
    );
    return isPlain || prototype === null
      ? ["array", items, fields]
      : ["array", items, fields, this.#form(prototype)];
  }

  #plain(thing: object, prototype: object | null): Payload | false {
    const symbols = Object.getOwnPropertySymbols(thing).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(thing, key),
    );
    if (hasMethod(thing, "then")) return this.#unrecorded("thenable", thing);
    const isOdd = symbols.length > 0 || Object.hasOwn(thing, "__proto__") || hasMethod(thing, "toJSON");
    if (!isOdd)
      return prototype === null || prototype === Object.prototype
        ? false
        : this.#parts(thing, "entries", 0, { ...thing });
    return this.#oddEntries(thing, prototype, symbols);
  }

  #oddEntries(thing: object, prototype: object | null, symbols: readonly symbol[]): Payload {
    const names: unknown[] = ["entries", prototype === null ? 1 : 0];
    const payload: unknown[] = [...names];
    for (const key of [...Object.keys(thing), ...symbols]) {
      const value = this.#read(thing, key);
      if (key === "toJSON" && typeof value === "function") this.lost.push(`${this.#path(thing)}.toJSON`);
      else if (typeof key === "symbol" && Symbol.keyFor(key) === undefined && !wellKnown.has(key))
        this.#loseSymbol(thing, key);
      else {
        payload.push(key, value);
        names.push(key, key);
      }
    }
    this.#own(payload, thing, names);
    return payload as unknown as Payload;
  }

  #loseSymbol(thing: object, key: symbol): void {
    if (this.#purpose === "record") this.lost.push(`${this.#path(thing)}[${String(key)}]`);
  }

  #registered(thing: object, name: string, data: unknown): Payload {
    if (typeof data === "object" && data !== null && !this.#steps.has(data))
      this.#steps.set(data, { parent: thing, key: same });
    return ["custom", name, data];
  }

  #error(thing: object): Payload {
    const { form, parts, fields, hidden } = errorParts(thing, this.#purpose === "record");
    this.#instances.add(thing);
    this.#own(parts, thing);
    const known = typeof form === "string" ? form : this.#form(Object.getPrototypeOf(thing) as object);
    const kind = Object.prototype.toString.call(thing) === "[object DOMException]" ? "dom" : "error";
    const payload: unknown[] = [kind, kind === "dom" ? "" : known, parts];
    if (fields.length > 0 || hidden.length > 0) payload.push(this.#fields(thing, fields));
    if (hidden.length > 0) payload.push(this.#fields(thing, hidden));
    return payload as unknown as Payload;
  }

  #instance(thing: object, prototype: object): Payload {
    this.#instances.add(thing);
    const pairs = Object.keys(thing).map((key) => [key, this.#read(thing, key)] as const);
    return ["class", this.#form(prototype), this.#fields(thing, pairs)];
  }

  /** The outline of a class; in fingerprints its name alone, so that a new method changes nothing. */
  #form(prototype: object): unknown {
    const form = formOf(prototype);
    return this.#purpose === "fingerprint" ? form.c.join(" ") : form;
  }

  /** Fields as an object of ours, read already; a `__proto__` field makes it a list of pairs. */
  #fields(thing: object, pairs: readonly (readonly [string, unknown])[]): object {
    const kept = pairs.filter(
      ([key, value]) => typeof value !== "function" || (key !== "then" && key !== "toJSON"),
    );
    const fields: Record<string, unknown> = {};
    const dangerous = kept.find(([key]) => key === "__proto__");
    for (const [key, value] of kept) if (key !== "__proto__") fields[key] = value;
    // Nobody but a forger names a field so: it travels beside the others under a name that cannot clash.
    if (dangerous !== undefined) fields["\u0000__proto__"] = dangerous[1];
    this.#own(fields, thing);
    return fields;
  }

  #body(thing: object, kind: BodyKind): Payload {
    const isPending = isUnread(thing);
    if (isPending && this.#purpose === "record" && (kind === "blob" || (thing as Response).body !== null))
      throw refused(`${kind} whose body has not been read`, this.#path(thing));
    const [parts, body] = bodyParts(thing, kind);
    return this.#parts(thing, kind, parts, body);
  }

  /** A payload whose plain parts are ours too. */
  #parts(thing: object, kind: string, ...parts: unknown[]): Payload {
    for (const part of parts)
      if (typeof part === "object" && part !== null && !ArrayBuffer.isView(part)) this.#own(part, thing);
    return [kind, ...parts];
  }

  #isRoot(thing: object | symbol): boolean {
    const step = typeof thing === "symbol" ? { parent: this.#parent } : this.#steps.get(thing);
    return step?.parent === undefined;
  }

  #isWithinInstance(thing: object): boolean {
    for (let at = this.#steps.get(thing)?.parent; at !== undefined; at = this.#steps.get(at)?.parent)
      if (this.#instances.has(at)) return true;
    return false;
  }

  #path(thing: object | symbol): string {
    const keys: unknown[] = [];
    let step: Step | undefined =
      typeof thing === "symbol" ? { parent: this.#parent, key: this.#key } : this.#steps.get(thing);
    while (step?.parent !== undefined) {
      const above: Step | undefined = this.#steps.get(step.parent);
      const key = above?.names?.[Number(step.key)] ?? step.key;
      if (key !== same) keys.unshift(key);
      step = above;
    }
    return formatPath(keys);
  }
}

function refused(kind: string, path: string): HoldfastError {
  const where = path === "" ? `The value is a ${kind}` : `"${path}" is a ${kind}`;
  const fix =
    kind === "promise" ? "Await it first." : "Return data instead, or wrap the call that makes it in live().";
  return new HoldfastError("HF301", `${where}, which a journal cannot keep.`, fix);
}

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
    if (error instanceof RangeError)
      throw new HoldfastError(
        "HF301",
        "The value is nested too deeply or too large to be written as text.",
        "Return a flat list instead of a chain, or keep the value in a file or bucket and return where it is.",
        { cause: error },
      );
    throw error;
  }
}

const isIndex = (key: string): boolean => /^(?:0|[1-9]\d*)$/.test(key);
