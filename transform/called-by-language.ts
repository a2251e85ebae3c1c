/**
 * Functions of the author's that the language itself calls: no call stands in the code that could hand them a frame.
 *
 * Owns:      which functions these are: getters, setters, iterators, and what `Object.defineProperty` or `new Proxy` is given.
 */
import {
  climb,
  type FunctionNode,
  forEachChild,
  type Node,
  propertyName,
  readableName,
  unwrap,
} from "./ast.ts";
import type { Work } from "./work.ts";

/** Of a property's descriptor and of a proxy's handler. */
const trapNames = new Set(
  "get set has deleteProperty ownKeys getOwnPropertyDescriptor defineProperty getPrototypeOf".split(" "),
);

const namesOf = new WeakMap<Work, ReadonlySet<string>>();

/** Is something of the kind made in this file? An object with `get` and `set` is no handler by itself: a store has them, too. */
const makesTraps = ({ source }: Work): boolean => /\b(?:definePropert|Proxy\b|Object\.create\b)/.test(source);

/** May this function be called without a call in the code? */
export function isCalledByLanguage(work: Work, fn: FunctionNode): boolean {
  const { parent } = climb(fn);
  if (parent === null) return isNamedAsTrap(work, fn.id);
  switch (parent.type) {
    case "MethodDefinition":
    case "Property":
      return (
        isAccessor(work, parent) ||
        (parent.computed && readableName(unwrap(parent.key)) === "Symbol.iterator")
      );
    case "VariableDeclarator":
      return isNamedAsTrap(work, parent.id);
    default:
      return isNamedAsTrap(work, fn.id);
  }
}

function isAccessor(work: Work, member: Node): boolean {
  if (member.type !== "MethodDefinition" && member.type !== "Property") return false;
  if (member.kind === "get" || member.kind === "set") return true;
  if (member.type !== "Property" || !makesTraps(work)) return false;
  return trapNames.has(propertyName(member.key, member.computed) ?? "");
}

/** `Object.defineProperty(client, "ready", { get: load })` */
function isNamedAsTrap(work: Work, name: Node | null): boolean {
  if (name?.type !== "Identifier" || !makesTraps(work)) return false;
  const names = namesOf.get(work) ?? trapsIn(work, rootOf(name));
  namesOf.set(work, names);
  return names.has(name.name);
}

function rootOf(node: Node): Node {
  let at = node;
  while (at.parent) at = at.parent;
  return at;
}

function trapsIn(work: Work, program: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (node: Node): void => {
    const value = node.type === "Property" && isAccessor(work, node) ? unwrap(node.value) : undefined;
    if (value?.type === "Identifier") names.add(value.name);
    forEachChild(node, look);
  };
  look(program);
  return names;
}
