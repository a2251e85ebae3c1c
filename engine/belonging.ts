/**
 * Objects that belong to one that the run has made by `new`: `book.xlsx` of `const book = new Workbook()`. What a method of
 * theirs does may show in that one: `await book.xlsx.load(bytes)` fills `book`.
 *
 * Owns:      which object made in the run another one belongs to.
 * Invariant: B1 what a constructor was given belongs to whoever made it. B2 nothing belongs to a live object: it is no data.
 */
import { types } from "node:util";
import { isHandle } from "./handle.ts";

/** How deep parts are looked for, and how many members of one object are. */
const depthMax = 2;
const membersMax = 64;

/** Objects made by `new` in the author's code: nobody else has them, so what a method does to them is the run's. */
const constructed = new WeakSet<object>();

/** Parts, and to whom each belongs; null: to nobody. Looked for once. */
const owners = new WeakMap<object, object | null>();

/** Notes an object that the run has made. */
export const noteConstructed = (value: object): void => void constructed.add(value);

/** Was it made by `new` in the author's code? */
export const isConstructed = (value: object): boolean => constructed.has(value);

/** Notes what an object of somebody else's class has made for itself. `args`: what its constructor was given. */
export function noteParts(owner: object, args: readonly unknown[]): void {
  const given = new Set<unknown>(args);
  for (const arg of args) for (const member of membersOf(arg)) given.add(member);
  const note = (value: object, depth: number): void => {
    for (const member of membersOf(value)) {
      if (given.has(member) || owners.has(member) || constructed.has(member)) continue;
      owners.set(member, owner);
      if (depth > 1) note(member, depth - 1);
    }
  };
  note(owner, depthMax);
}

/** The object made in the run whose state a method of the receiver may change: itself, or what it belongs to. */
export function changedBy(receiver: unknown): object | undefined {
  if (typeof receiver !== "object" || receiver === null) return undefined;
  if (constructed.has(receiver)) return receiver;
  let owner = owners.get(receiver);
  // A part that is made when it is first asked for knows whose it is: `new Xlsx(this)`.
  if (owner === undefined) owner = membersOf(receiver).find((member) => constructed.has(member)) ?? null;
  if (owner !== null && isHandle(owner)) owner = null;
  owners.set(receiver, owner);
  return owner ?? undefined;
}

/** The objects in the fields of an object. No getter is called. */
function membersOf(value: unknown): object[] {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return [];
  const members: object[] = [];
  for (const name of Object.keys(value).slice(0, membersMax)) {
    const member: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    if (typeof member === "object" && member !== null) members.push(member);
  }
  return members;
}
