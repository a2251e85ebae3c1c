/**
 * Where in a value the encoder is: reads members for devalue and remembers how each object was reached.
 *
 * Owns:      the way back from an object to the root, and which objects are the encoder's own.
 * Invariant: a member is read once; a getter that throws gives an `Unreadable`, never an error.
 */
import { formatPath, Unreadable } from "./codec-kinds.ts";

/** How a value was reached: the object it was read from and the key; `same` for a part of the same value. */
interface Step {
  readonly parent: object | undefined;
  readonly key: unknown;
  readonly names?: readonly unknown[];
}

const same = Symbol("same place");

export class Places {
  readonly #steps = new Map<object, Step>();
  readonly #ours = new Set<object>();
  #here: Step = { parent: undefined, key: same };

  /** Reads a member; what is visited next was found there. */
  read(from: object, key: PropertyKey): unknown {
    this.#here = { parent: from, key };
    try {
      return Reflect.get(from, key) as unknown;
    } catch {
      return new Unreadable();
    }
  }

  *entries(map: Map<unknown, unknown>): Generator<[unknown, unknown]> {
    for (const [key, value] of Map.prototype.entries.call(map)) {
      this.#here = { parent: map, key: [key] };
      yield [key, value];
    }
  }

  *values(set: Set<unknown>): Generator<unknown> {
    let index = 0;
    for (const value of Set.prototype.values.call(set)) {
      this.#here = { parent: set, key: index++ };
      yield value;
    }
  }

  /** An object is met: its first place counts. */
  visit(thing: object): void {
    if (!this.#steps.has(thing)) this.#steps.set(thing, this.#here);
  }

  /** Is this object part of a recorded form, made by the encoder? */
  isOurs(thing: object): boolean {
    return this.#ours.has(thing);
  }

  /** Marks an object of ours as standing in the place of `thing`; `names` are the keys of its elements. */
  own(object: object, thing: object, names?: readonly unknown[]): void {
    this.#ours.add(object);
    this.standIn(object, thing, names);
  }

  /** Marks an author's object (what a codec's `toJSON` gave) as standing in the place of `thing`. */
  standIn(object: object, thing: object, names?: readonly unknown[]): void {
    if (!this.#steps.has(object))
      this.#steps.set(object, { parent: thing, key: same, ...(names ? { names } : {}) });
  }

  /** Marks a recorded form that has no parts to be found in. */
  claim(payload: object): void {
    this.#ours.add(payload);
  }

  #stepOf(thing: object | symbol): Step | undefined {
    return typeof thing === "symbol" ? this.#here : this.#steps.get(thing);
  }

  isRoot(thing: object | symbol): boolean {
    return this.#stepOf(thing)?.parent === undefined;
  }

  /** Is the value inside one of these objects? */
  isWithin(thing: object, owners: ReadonlySet<object>): boolean {
    for (let at = this.#steps.get(thing)?.parent; at !== undefined; at = this.#steps.get(at)?.parent)
      if (owners.has(at)) return true;
    return false;
  }

  /** The path from the root: `config.headers[0]`. */
  path(thing: object | symbol): string {
    const keys: unknown[] = [];
    let step = this.#stepOf(thing);
    while (step?.parent !== undefined) {
      const above: Step | undefined = this.#steps.get(step.parent);
      const key = above?.names?.[Number(step.key)] ?? step.key;
      if (key !== same) keys.unshift(key);
      step = above;
    }
    return formatPath(keys);
  }
}
