/**
 * Errors in the codec: which parts are recorded, and how an error of a class, known or not, is made again.
 *
 * Owns:      the recorded form `[class, parts, fields, hidden]`; `instanceof` for revived errors.
 * Invariant: a revived error is a real one (`Error` inside, so printing and `structuredClone` work).
 */
import { type ClassForm, errorClassNamed, formOf } from "./codec-classes.ts";
import { lostPrototype } from "./codec-lost.ts";
import { memberOf } from "./live-values.ts";

/** An error taken apart. `form` is a name for the built-in classes that need no outline. */
export interface ErrorParts {
  readonly form: ClassForm | string;
  readonly parts: Record<string, unknown>;
  /** Keys of own fields that are enumerable, and that are not. */
  readonly fields: readonly string[];
  readonly hidden: readonly string[];
}

const ownParts = new Set(["message", "stack", "cause", "errors"]);

/** True for errors, of other realms too. */
export function isError(value: object): boolean {
  if (value instanceof Error) return true;
  const tag = Object.prototype.toString.call(value);
  return (
    tag === "[object Error]" ||
    (tag === "[object DOMException]" && typeof memberOf(value, "message") === "string")
  );
}

function takeParts(error: object, withStack: boolean): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  const message = memberOf(error, "message");
  parts.message = message;
  const name = memberOf(error, "name");
  if (typeof name === "string") parts.name = name;
  if (withStack) {
    const stack = memberOf(error, "stack");
    if (typeof stack === "string") parts.stack = stack;
  }
  for (const key of ["cause", "errors"]) if (Object.hasOwn(error, key)) parts[key] = memberOf(error, key);
  return parts;
}

/** Takes an error apart. Without the stack for fingerprints: it differs between passes. */
export function errorParts(error: object, withStack: boolean): ErrorParts {
  const fields: string[] = [];
  const hidden: string[] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (ownParts.has(key)) continue;
    const shown = Object.prototype.propertyIsEnumerable.call(error, key);
    (shown ? fields : hidden).push(key);
  }
  const form = formOf((Object.getPrototypeOf(error) ?? Error.prototype) as object);
  const [nearest] = form;
  const isPlain = form.every(({ m, g, v }) => m === undefined && g === undefined && v === undefined);
  const known = nearest?.n ?? "Error";
  const isBuiltIn = isPlain && errorClassNamed(known) !== undefined;
  return { form: isBuiltIn ? known : form, parts: takeParts(error, withStack), fields, hidden };
}

function blank(prototype: object): Error {
  const depth = Error.stackTraceLimit;
  // The stack comes from the record: capturing one costs more than the rest.
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = depth;
  return Object.setPrototypeOf(error, prototype) as Error;
}

/** The class names of revived errors whose class was not known, with the classes above it, nearest first. */
const unknownErrors = new WeakMap<object, { readonly chain: readonly string[]; readonly unknown: number }>();

/** Makes the error a record speaks of, without its parts: they may refer back to it. */
export function blankError(recorded: ClassForm | string, at: string): Error {
  const form: ClassForm = typeof recorded === "string" ? [{ n: recorded }] : recorded;
  const nearest = form.findIndex(({ n }) => errorClassNamed(n) !== undefined);
  const known = errorClassNamed(form[nearest]?.n ?? "Error") ?? Error;
  const base = known.prototype as object;
  if (nearest === 0) return blank(base);
  const depth = nearest < 0 ? form.length : nearest;
  const error = blank(lostPrototype(form, base, at, depth));
  unknownErrors.set(error, { chain: form.map(({ n }) => n), unknown: depth });
  return error;
}

function hide(error: object, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

/** Puts parts and fields into an error made by `blankError`; may be called again when there are more. */
export function fillError(
  error: Error,
  parts: Record<string, unknown>,
  fields: readonly [string, unknown][],
  hidden: readonly [string, unknown][],
): void {
  for (const key of ["message", "stack", "cause", "errors"])
    if (Object.hasOwn(parts, key) && (key !== "message" || parts.message !== "" || error.message !== ""))
      hide(error, key, parts[key]);
  if (!Object.hasOwn(parts, "stack")) hide(error, "stack", `${error.name}: ${error.message}`);
  for (const [key, value] of fields)
    Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
  for (const [key, value] of hidden) hide(error, key, value);
  // The name may have come from a prototype that is not known here.
  if (typeof parts.name === "string" && memberOf(error, "name") !== parts.name)
    hide(error, "name", parts.name);
}

/** Does a class have the recorded name, and the classes above it the names recorded above it? */
function isNamedAlike(
  Class: { readonly prototype: unknown },
  chain: readonly string[],
  from: number,
): boolean {
  const names = formOf(Class.prototype as object).map(({ n }) => n);
  return names.length === chain.length - from && names.every((name, index) => name === chain[from + index]);
}

/** Was this revived error recorded as one of `Class`? If it is its very own class, it becomes one. */
function isRecordedAs(value: unknown, Class: unknown): boolean {
  if (typeof value !== "object" || value === null || typeof Class !== "function" || Class.name === "")
    return false;
  const recorded = unknownErrors.get(value);
  if (recorded === undefined || !(Class.prototype instanceof Error)) return false;
  const level = recorded.chain.slice(0, recorded.unknown).indexOf(Class.name);
  if (level < 0 || !isNamedAlike(Class, recorded.chain, level)) return false;
  if (level === 0) {
    Object.setPrototypeOf(value, Class.prototype as object);
    unknownErrors.delete(value);
  }
  return true;
}

let isInstalled = false;

/**
 * Makes `instanceof` hold for revived errors of classes that this process has but the codec was not told of
 * (`error instanceof Stripe.errors.StripeCardError`): classes inherit their `instanceof` from `Error`.
 * Once per process and copy of the engine; copies fall through to each other.
 */
export function installErrorInstances(): void {
  if (isInstalled) return;
  isInstalled = true;
  const previous = Error[Symbol.hasInstance];
  const value = function (this: unknown, error: unknown): boolean {
    return (Reflect.apply(previous, this, [error]) as boolean) || isRecordedAs(error, this);
  };
  Object.defineProperty(Error, Symbol.hasInstance, { value, writable: true, configurable: true });
}
