/**
 * What stands in a decoded value for the parts that were not recorded: it fails with HF303 when touched.
 *
 * Owns:      tombstones (for functions, sockets, handles) and the prototypes of unknown classes.
 * Invariant: printing, JSON, awaiting and symbol look-ups never throw; calls and reads of lost members do.
 */
import { askedByTools, type ClassForm, rememberForm } from "./codec-classes.ts";
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

/** Something that can be passed on, printed, awaited and put into JSON, and fails when it is read or called. */
export function failing(name: string, fail: () => never): object {
  const target = () => undefined;
  Object.defineProperty(target, "name", { value: name });
  return new Proxy(target, {
    get: (of, key) => {
      if (key === "name" || key === "length") return Reflect.get(of, key);
      return typeof key === "symbol" || askedByTools.has(key) ? undefined : fail();
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

function defineMembers(prototype: object, form: ClassForm, className: string, at: string): void {
  const method = (member: string) =>
    named(member, () => {
      throw lostMember(className, member, "method", at);
    });
  const hidden = { enumerable: false, configurable: true };
  for (const key of form.m ?? [])
    Object.defineProperty(prototype, key, { ...hidden, writable: true, value: method(key) });
  for (const key of form.g ?? []) {
    const get = () => {
      throw lostMember(className, key, "computed property", at);
    };
    // Assigning makes it a field, as it does for a plain object.
    const set = function (this: object, value: unknown) {
      Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    };
    Object.defineProperty(prototype, key, { ...hidden, get, set });
  }
  for (const [key, value] of Object.entries(form.v ?? {}))
    Object.defineProperty(prototype, key, { ...hidden, writable: true, value });
  if (form.i?.includes("i"))
    Object.defineProperty(prototype, Symbol.iterator, { ...hidden, value: method("[Symbol.iterator]") });
  if (form.i?.includes("a"))
    Object.defineProperty(prototype, Symbol.asyncIterator, {
      ...hidden,
      value: method("[Symbol.asyncIterator]"),
    });
}

const prototypes = new Map<string, object>();
const maxPrototypes = 2_000;

/**
 * A prototype for instances of an unknown class: its name, its plain values, and members that fail.
 * `base` is the prototype it extends: `Object.prototype`, or that of the nearest known error class.
 */
export function lostPrototype(form: ClassForm, base: object, at: string): object {
  const className = form.c[0] ?? "Object";
  const key = JSON.stringify([
    at,
    base === Object.prototype ? "" : (base.constructor as { name?: string }).name,
    form,
  ]);
  const known = prototypes.get(key);
  if (known !== undefined) return known;
  const prototype = Object.create(base) as object;
  const Class = () => {
    throw lostMember(className, "constructor", "class", at);
  };
  Object.defineProperty(Class, "name", { value: className });
  Object.defineProperty(Class, "prototype", { value: prototype });
  Object.defineProperty(prototype, "constructor", { value: Class, writable: true, configurable: true });
  defineMembers(prototype, form, className, at);
  rememberForm(prototype, form);
  if (prototypes.size >= maxPrototypes) prototypes.clear();
  prototypes.set(key, prototype);
  return prototype;
}
