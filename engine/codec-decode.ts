/**
 * The other half of `codec-encode.ts`: makes values of their recorded forms.
 *
 * Invariant: a reviver may be called twice with one payload, first half-filled (inside a circular
 *            reference), then whole: the object is made once and filled again.
 */
import { parse } from "devalue";
import { type ClassForm, codecNamed } from "./codec-classes.ts";
import { protoField } from "./codec-encode.ts";
import { blankError, fillError } from "./codec-errors.ts";
import { lostPrototype, makeTombstone } from "./codec-lost.ts";
import { type BodyKind, reviveBody } from "./codec-response.ts";
import { HoldfastError } from "./errors.ts";

type Payload = readonly unknown[];
type Fields = Record<string, unknown>;

function define(into: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
}

const fieldName = (key: string) => (key === protoField ? "__proto__" : key);
const pairsOf = (fields: unknown): [string, unknown][] =>
  Object.entries((fields ?? {}) as Fields).map(([key, value]) => [fieldName(key), value]);

function fill(into: object, fields: unknown): void {
  for (const [key, value] of pairsOf(fields)) define(into, key, value);
}

function fillEntries(into: object, payload: Payload): void {
  for (let index = 2; index + 1 < payload.length; index += 2)
    if (index in payload && index + 1 in payload)
      define(into, payload[index] as PropertyKey, payload[index + 1]);
}

function fillArray(into: unknown[], [, items, fields]: Payload): void {
  if (!Array.isArray(items)) return;
  into.length = items.length;
  for (const key of Object.keys(items)) into[Number(key)] = items[Number(key)];
  fill(into, fields);
}

/** What the text says is not what this version can read. */
export function brokenText(what: string): HoldfastError {
  return new HoldfastError(
    "HF314",
    `A recorded value ${what}.`,
    "Work on this run with the version of Holdfast that recorded it, or a newer one.",
  );
}

function reviveRegistered(payload: Payload): unknown {
  const name = String(payload[1]);
  const entry = codecNamed(name);
  if (entry === undefined)
    throw new HoldfastError(
      "HF303",
      `A value was recorded with the codec "${name}", which is not registered now.`,
      `Register it again with registerCodec(Class, "${name}", …) at the top level of a task file.`,
    );
  if (payload.length > 2 && !(2 in payload))
    throw new HoldfastError(
      "HF301",
      `A value of the codec "${name}" contains itself.`,
      "Leave the reference back to itself out of what toJSON gives.",
    );
  return entry.codec.fromJSON(payload[2]);
}

function reviveForm(entries: readonly [string, string | Blob][]): FormData {
  const form = new FormData();
  for (const [key, value] of entries) form.append(key, value as string);
  return form;
}

/** Things made at once from parts that cannot refer back. */
function reviveAtom(payload: Payload): unknown {
  const [kind, first, second, third] = payload;
  switch (kind) {
    case "symbol":
      return second === 1 ? (Symbol as unknown as Fields)[String(first)] : Symbol.for(String(first));
    case "buffer":
      return Buffer.from(String(first), "base64");
    case "regexp":
      return Object.assign(new RegExp(String(first), String(second)), { lastIndex: Number(third) });
    case "headers":
      return new Headers(first as [string, string][]);
    case "form":
      return reviveForm(first as [string, string | Blob][]);
    case "response":
    case "request":
    case "blob":
    case "stream":
      return reviveBody(kind as BodyKind, first as Fields, second);
    case "custom":
      return reviveRegistered(payload);
    default:
      throw brokenText(`is of the kind "${String(kind)}", which this version does not know`);
  }
}

/** The classes between the instance's and Array. */
function arrayPrototype(form: ClassForm, at: string): object {
  return lostPrototype(form, Array.prototype, at, form.length - 1);
}

class Decoder {
  readonly #at: string;
  readonly #made = new Map<Payload, object>();

  constructor(at: string) {
    this.#at = at;
  }

  revive(payload: Payload): unknown {
    const made = this.#made.get(payload) ?? this.#make(payload);
    if (made === undefined) return reviveAtom(payload);
    this.#made.set(payload, made);
    this.#fill(made, payload);
    return made;
  }

  /** The empty object of a kind that can refer back to itself. */
  #make([kind, first, second]: Payload): object | undefined {
    switch (kind) {
      case "lost":
        return makeTombstone({ path: String(first), kind: String(second) }, this.#at);
      case "entries":
        return first === 1 ? (Object.create(null) as object) : {};
      case "array":
        return [];
      case "class":
        return Object.create(lostPrototype(first as ClassForm, Object.prototype, this.#at)) as object;
      case "error":
        return blankError(first as ClassForm | string, this.#at);
      case "dom": {
        const { message, name } = second as { message?: unknown; name?: unknown };
        return new DOMException(String(message ?? ""), String(name ?? "Error"));
      }
      default:
        return undefined;
    }
  }

  #fill(made: object, payload: Payload): void {
    const [kind, , second, third] = payload;
    switch (kind) {
      case "entries":
        fillEntries(made, payload);
        break;
      case "array":
        fillArray(made as unknown[], payload);
        if (third !== undefined) Object.setPrototypeOf(made, arrayPrototype(third as ClassForm, this.#at));
        break;
      case "class":
        fill(made, second);
        for (const [key, value] of pairsOf(third))
          Object.defineProperty(made, key, { value, writable: true, configurable: true });
        break;
      case "error":
        fillError(made as Error, (second ?? {}) as Fields, pairsOf(third), pairsOf(payload[4]));
        break;
      case "dom":
        fillDom(made, (second ?? {}) as Fields, pairsOf(third), pairsOf(payload[4]));
        break;
      default:
    }
  }
}

function fillDom(
  made: object,
  parts: Fields,
  fields: [string, unknown][],
  hidden: [string, unknown][],
): void {
  for (const [key, value] of [...Object.entries(parts), ...hidden])
    if (key === "stack" || key === "cause" || hidden.some(([name]) => name === key))
      Object.defineProperty(made, key, { value, writable: true, configurable: true });
  for (const [key, value] of fields) define(made, key, value);
}

/** Decodes what `encodeSlowly` wrote. `at` names the await in the errors of lost parts. */
export function decodeSlowly(text: string, at: string): unknown {
  const decoder = new Decoder(at);
  return parse(text, { $: (payload: Payload) => decoder.revive(payload) });
}
