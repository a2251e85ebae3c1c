/**
 * Calls that do nothing twice when they are made in each pass, by their names.
 *
 * Owns:      the list, and which of them subscribe to events.
 */
import { type CallExpression, propertyName, unwrap } from "./ast.ts";

const LISTENING = new Set(
  "on once off addListener prependListener prependOnceListener removeListener addEventListener removeEventListener".split(
    " ",
  ),
);

/** They only listen, wait or go through something. */
const HARMLESS = new Set([
  ...LISTENING,
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "nextTick", "requestAnimationFrame"],
  ...["clearTimeout", "clearInterval", "clearImmediate"],
  ..."then catch finally forEach map flatMap filter find some every reduce sort".split(" "),
  ...["listen", "close", "end", "destroy", "push", "add", "set", "unshift"],
]);

/** Is it a call that does nothing twice? */
export const isHarmless = (call: CallExpression): boolean => HARMLESS.has(lastName(call));

/** Does a method of this name subscribe to events? */
export const isListening = (name: string): boolean => LISTENING.has(name);

/** The last name of what is called. */
function lastName({ callee }: CallExpression): string {
  const plain = unwrap(callee);
  if (plain.type === "Identifier") return plain.name;
  return plain.type === "MemberExpression" ? (propertyName(plain.property, plain.computed) ?? "") : "";
}
