/**
 * What stands in a decoded value for the parts that were not recorded: it fails with HF303 when touched.
 *
 * Owns:      tombstones (for functions, sockets, handles) and the prototypes of unknown classes.
 * Invariant: printing, JSON, awaiting and symbol look-ups never throw; calls and reads of lost members do.
 */
import { askedByTools, type ClassForm, type ClassLevel, rememberForm } from "./codec-classes.ts";
import { HoldfastError } from "./errors.ts";

/** What a tombstone stands for: where it was and what it was. */
export interface Tombstone {
  readonly path: string;
  readonly kind: string;
}

const tombstones = new WeakMap<object, Tombstone>();

/** The tombstone behind a value, if it is one. */
export function tombstoneOf(value: object): Tombstone | undefined {
  return tombstones.get(value);
}

const origin = (at: string) => (at === "" ? "a recorded value" : `the recorded value of ${at}`);

function lostPart({ path, kind }: Tombstone, at: string): HoldfastError {
  return new HoldfastError(
    "HF303",
    `"${path}" of ${origin(at)} is a ${kind}, which a journal cannot keep.`,
    "Return the data you need from the call instead, or wrap the call that makes it in live().",
  );
}

function lostMember(className: string, member: string, kind: string, at: string): HoldfastError {
  return new HoldfastError(
    "HF303",
    `${className}.${member} is a ${kind} of a class that the journal does not know; ${origin(at)} kept only the data fields.`,
    `Register the class with registerCodec(${className}, "${className}", { toJSON, fromJSON }), read the data fields, or wrap the call that makes it in live().`,
  );
}

/** Something that can be passed on, printed, awaited and put into JSON, and fails when it is called, or read unless `member` says otherwise. */
export function failing(name: string, fail: () => never, member: () => unknown = fail): object {
  const target = () => undefined;
  Object.defineProperty(target, "name", { value: name });
  return new Proxy(target, {
    get: (of, key) => {
      if (key === "name" || key === "length") return Reflect.get(of, key);
      return typeof key === "symbol" || askedByTools.has(key) ? undefined : member();
    },
    set: fail,
    apply: fail,
    construct: fail,
    defineProperty: fail,
    deleteProperty: fail,
  });
}

/** Stands for a part that was not recorded: HF303 when it is touched. */
export function makeTombstone(what: Tombstone, at: string): object {
  const stand = failing(`not recorded: ${what.path}`, () => {
    throw lostPart(what, at);
  });
  tombstones.set(stand, what);
  return stand;
}

function named(name: string, fn: () => unknown): () => unknown {
  Object.defineProperty(fn, "name", { value: name });
  return fn;
}

const hidden = { enumerable: false, configurable: true };

function defineMembers(prototype: object, level: ClassLevel, className: string, at: string): void {
  const method = (key: PropertyKey, member: string) => {
    const value = named(member, () => {
      throw lostMember(className, member, "method", at);
    });
    Object.defineProperty(prototype, key, { ...hidden, writable: true, value });
  };
  for (const key of level.m ?? []) method(key, key);
  if (level.i?.includes("i")) method(Symbol.iterator, "[Symbol.iterator]");
  if (level.i?.includes("a")) method(Symbol.asyncIterator, "[Symbol.asyncIterator]");
  for (const key of level.g ?? []) {
    const get = () => {
      throw lostMember(className, key, "computed property", at);
    };
    // Assigning makes it a field, as it does for a plain object.
    const set = function (this: object, value: unknown) {
      Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    };
    Object.defineProperty(prototype, key, { ...hidden, get, set });
  }
  for (const [key, value] of Object.entries(level.v ?? {}))
    Object.defineProperty(prototype, key, { ...hidden, writable: true, value });
}

/** One unknown class on top of `base`. Members fail in the name of `className`, the class of the instance. */
function extend(base: object, level: ClassLevel, className: string, at: string): object {
  const prototype = Object.create(base) as object;
  defineMembers(prototype, level, className, at);
  // Node's own errors have prototypes without a constructor.
  if (level.n === "") return prototype;
  const Class = named(level.n, () => {
    throw lostMember(className, "constructor", "class", at);
  });
  Object.defineProperty(Class, "prototype", { value: prototype });
  Object.defineProperty(prototype, "constructor", { ...hidden, writable: true, value: Class });
  return prototype;
}

const prototypes = new WeakMap<object, Map<string, object>>();
const perBaseMax = 2_000;

function madeFor(base: object): Map<string, object> {
  const known = prototypes.get(base);
  if (known !== undefined && known.size < perBaseMax) return known;
  const fresh = new Map<string, object>();
  prototypes.set(base, fresh);
  return fresh;
}

/**
 * A prototype for instances of an unknown class: its name, its plain values, and members that fail.
 * The first `depth` levels are made on top of `base`, which stands for the others.
 */
export function lostPrototype(form: ClassForm, base: object, at: string, depth = form.length): object {
  const made = madeFor(base);
  const key = JSON.stringify([at, depth, form]);
  const known = made.get(key);
  if (known !== undefined) return known;
  const className = form.find(({ n }) => n !== "")?.n ?? "Object";
  const prototype = form
    .slice(0, depth)
    .reduceRight<object>((above, level) => extend(above, level, className, at), base);
  rememberForm(prototype, form);
  made.set(key, prototype);
  return prototype;
}
