/**
 * What the codec knows of classes: registered codecs, known error classes, and the form of unknown ones.
 *
 * Owns:      the registries; `ClassForm`, the recorded outline of an unknown class.
 * Never:     learns a class by meeting it: what is known must not depend on what ran before in this process.
 */
import { AbortTaskRunError, HoldfastError, OutOfMemoryError, RunCanceledError } from "./errors.ts";

// biome-ignore lint/complexity/noBannedTypes: any class, abstract and private ones too
type AnyClass = Function;

/** How instances of a class are recorded: `toJSON` gives any recordable value, `fromJSON` makes one of it. */
export interface ClassCodec<T, D = unknown> {
  readonly toJSON: (value: T) => D;
  readonly fromJSON: (data: D) => T;
}

/** A registered class under its recorded name. */
export interface RegisteredClass {
  readonly name: string;
  readonly codec: ClassCodec<unknown>;
}

const codecsByPrototype = new Map<object, RegisteredClass>();
const codecsByName = new Map<string, RegisteredClass>();
const errorClasses = new Map<string, AnyClass>();

/**
 * Makes instances of `Class` (and of its subclasses) come back as instances. The name goes into the journal:
 * keep it when the class is renamed.
 */
export function registerCodec<T extends object, D>(
  Class: abstract new (...args: never[]) => T,
  name: string,
  codec: ClassCodec<T, D>,
): void {
  const entry = { name, codec: codec as unknown as ClassCodec<unknown> };
  codecsByPrototype.set(Class.prototype as object, entry);
  codecsByName.set(name, entry);
}

/** Makes errors recorded under the class's name come back as instances of it. Later ones win. */
export function registerErrorClass(Class: AnyClass, name: string = Class.name): void {
  if (name !== "") errorClasses.set(name, Class);
}

/** The registered codec of a value's class, or of the nearest class above it. */
export function codecOf(value: object): RegisteredClass | undefined {
  if (codecsByPrototype.size === 0) return undefined;
  for (let at = prototypeOf(value); at !== null; at = prototypeOf(at)) {
    const entry = codecsByPrototype.get(at);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** Has a class of somebody else's a codec in this process? */
export function hasOwnCodecs(): boolean {
  for (const name of codecsByName.keys()) if (!/^(?:holdfast|node):/.test(name)) return true;
  return false;
}

/** The registered codec of a recorded name. */
export const codecNamed = (name: string): RegisteredClass | undefined => codecsByName.get(name);

/** The class that errors recorded under this name come back as. */
export const errorClassNamed = (name: string): AnyClass | undefined => errorClasses.get(name);

const builtInErrors = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
] as const;
for (const Class of [...builtInErrors, HoldfastError, AbortTaskRunError, OutOfMemoryError, RunCanceledError])
  registerErrorClass(Class);

/** What one class of a chain adds: recorded so that its members can fail by name. */
export interface ClassLevel {
  /** The class's name. */
  readonly n: string;
  /** Methods. */
  readonly m?: readonly string[];
  /** Accessors. */
  readonly g?: readonly string[];
  /** Plain values on the prototype, such as axios's `isAxiosError`. */
  readonly v?: Readonly<Record<string, string | number | boolean | null>>;
  /** It can be iterated: `i` by `for`, `a` by `for await`. */
  readonly i?: string;
}

/** The outline of an unknown class: itself and the classes above it, nearest first, without `Object`. */
export type ClassForm = readonly ClassLevel[];

/** Members that language and tools ask of any object: never turned into something that throws. */
export const askedByTools: ReadonlySet<string> = new Set([
  "constructor",
  "then",
  "toJSON",
  "inspect",
  "__proto__",
  "asymmetricMatch",
  "nodeType",
  "tagName",
  "$$typeof",
  "@@__IMMUTABLE_ITERABLE__@@",
  "@@__IMMUTABLE_RECORD__@@",
]);

const forms = new WeakMap<object, ClassForm>();

/** Remembers the form behind a prototype that `codec-lost.ts` made, so that it is recorded alike again. */
export function rememberForm(prototype: object, form: ClassForm): void {
  forms.set(prototype, form);
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

/** The name of the class whose prototype this is; "" for none. */
function classNameOf(prototype: object): string {
  try {
    const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    return typeof Class === "function" && typeof Class.name === "string" ? Class.name : "";
  } catch {
    return "";
  }
}

type PlainMember = string | number | boolean | null;

function isPlainMember(value: unknown): value is PlainMember {
  return (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  );
}

/** Prototypes whose members every process has. */
function isBuiltIn(prototype: object): boolean {
  if (prototype === Array.prototype || prototypeOf(prototype) === null) return true;
  return builtInErrors.some((Class) => Class.prototype === prototype);
}

function iteration(prototype: object): string {
  const has = (symbol: symbol) =>
    typeof Object.getOwnPropertyDescriptor(prototype, symbol)?.value === "function";
  return `${has(Symbol.iterator) ? "i" : ""}${has(Symbol.asyncIterator) ? "a" : ""}`;
}

/** An error has to be shown, whatever its class made of that. */
const isKeptAway = (prototype: object, key: string) =>
  askedByTools.has(key) || (key === "toString" && prototype instanceof Error);

function levelOf(prototype: object): ClassLevel {
  const n = classNameOf(prototype);
  if (isBuiltIn(prototype)) return { n };
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([key]) => !isKeptAway(prototype, key),
  );
  const isAccessor = ({ get, set }: PropertyDescriptor) => get !== undefined || set !== undefined;
  const g = members.filter(([, member]) => isAccessor(member)).map(([key]) => key);
  const m = members.filter(([, { value }]) => typeof value === "function").map(([key]) => key);
  const v = members.flatMap(([key, member]): [string, PlainMember][] =>
    !isAccessor(member) && isPlainMember(member.value) ? [[key, member.value]] : [],
  );
  const i = iteration(prototype);
  return {
    n,
    ...(m.length === 0 ? {} : { m }),
    ...(g.length === 0 ? {} : { g }),
    ...(v.length === 0 ? {} : { v: Object.fromEntries(v) }),
    ...(i === "" ? {} : { i }),
  };
}

function outline(prototype: object): ClassForm {
  const levels: ClassLevel[] = [];
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = prototypeOf(at))
    levels.push(levelOf(at));
  return levels;
}

/** The outline of the class behind a prototype; the same object for the same prototype. */
export function formOf(prototype: object): ClassForm {
  let form = forms.get(prototype);
  if (form === undefined) {
    form = outline(prototype);
    forms.set(prototype, form);
  }
  return form;
}

/** The names of a value's classes, nearest first, without `Object`. Never throws. */
export function classChain(value: object): readonly string[] {
  const names: string[] = [];
  try {
    for (let at = prototypeOf(value); at !== null && at !== Object.prototype; at = prototypeOf(at)) {
      const name = classNameOf(at);
      if (name !== "") names.push(name);
    }
  } catch {
    // A hostile proxy: what was found so far has to do.
  }
  return names;
}
