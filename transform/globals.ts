/**
 * Globals whose calls do nothing that a run could have to remember.
 *
 * Owns:      the list of inert calls and constructors. Every other call is wrapped.
 * Invariant: nothing on the list starts work, reads a clock or chance, or gives a promise.
 */
import { type CallExpression, dottedPath, type NewExpression } from "./ast.ts";
import type { Scopes } from "./scope.ts";

const INERT_FUNCTIONS = new Set([
  "Boolean",
  "parseInt",
  "parseFloat",
  "isNaN",
  "isFinite",
  "BigInt",
  "Symbol",
  "String",
  "Number",
  "Object",
  "encodeURI",
  "encodeURIComponent",
  "decodeURI",
  "decodeURIComponent",
  "structuredClone",
  "require",
]);

/** Namespaces of which all members are inert but the ones named. */
const INERT_NAMESPACES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Math", new Set(["random"])],
  ["JSON", new Set<string>()],
  ["Object", new Set<string>()],
  ["Number", new Set<string>()],
  ["String", new Set<string>()],
  ["Symbol", new Set<string>()],
  ["BigInt", new Set<string>()],
]);

const INERT_METHODS = new Set(["Array.isArray", "Array.of", "require.resolve"]);

const INERT_CLASSES = new Set([
  "Array",
  "Object",
  "Map",
  "Set",
  "WeakMap",
  "WeakSet",
  "WeakRef",
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "DOMException",
  "URL",
  "URLSearchParams",
  "RegExp",
  "ArrayBuffer",
  "SharedArrayBuffer",
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "AbortController",
  "TextEncoder",
  "TextDecoder",
  "Headers",
  "FormData",
  "Blob",
  "Boolean",
  "Number",
  "String",
]);

/** True for calls of unshadowed globals that are known to be inert, and for `super(…)`. */
export function isInertCall(call: CallExpression, scopes: Scopes): boolean {
  if (call.optional) return false;
  if (call.callee.type === "Super") return true;
  const path = dottedPath(call.callee);
  const root = path?.[0];
  if (path === undefined || root === undefined || path.length > 2) return false;
  const member = path[1];
  const listed =
    member === undefined
      ? INERT_FUNCTIONS.has(root)
      : INERT_METHODS.has(`${root}.${member}`) || INERT_NAMESPACES.get(root)?.has(member) === false;
  return listed && scopes.isGlobal(root, call);
}

/** True for `new` of unshadowed globals that only make a value. `new Date()` reads the clock, `new Date(x)` does not. */
export function isInertConstruction(node: NewExpression, scopes: Scopes): boolean {
  const path = dottedPath(node.callee);
  const root = path?.[0];
  if (path === undefined || root === undefined) return false;
  const listed =
    path.length === 1
      ? INERT_CLASSES.has(root) || (root === "Date" && node.arguments.length > 0)
      : root === "Intl" && path.length === 2;
  return listed && scopes.isGlobal(root, node);
}

const COMBINATORS = new Set(["all", "allSettled", "race", "any"]);

/** True for `Promise.all(…)` and the other combinators of the global `Promise`. */
export function isPromiseCombinator(call: CallExpression, scopes: Scopes): boolean {
  const path = dottedPath(call.callee);
  const [root, name] = path ?? [];
  return (
    path?.length === 2 &&
    root === "Promise" &&
    COMBINATORS.has(name ?? "") &&
    scopes.isGlobal("Promise", call)
  );
}
