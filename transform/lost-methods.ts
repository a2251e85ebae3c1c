/**
 * Promises that have methods of their own (`ky(url).json()`): kept in a variable they are what the journal answers, without them.
 *
 * Owns:      how they are recognised, and the error HF122.
 */
import { type CallExpression, calleeMember, type Node, propertyName, unwrap } from "./ast.ts";
import { type Binding, rootOf } from "./binding.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

/** Packages whose requests are such promises. */
const PACKAGES: ReadonlySet<string> = new Set(["got", "ky"]);

/** Their functions that make a request, beside the package's own. */
const REQUESTS: ReadonlySet<string> = new Set(["get", "post", "put", "patch", "head", "delete"]);

/** Those that give another instance of the package. */
const INSTANCES: ReadonlySet<string> = new Set(["create", "extend"]);

/** What every promise has. */
const OF_PROMISES: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** Instances are followed so far: each is made of another. */
const depthMax = 5;

/** Looks at a call of a method of a variable. */
export function refuseLostMethod(work: Work, call: CallExpression, place: Place): void {
  const member = calleeMember(call);
  const method = member && propertyName(member.property, member.computed);
  if (member === undefined || method === undefined || OF_PROMISES.has(method) || isPlain(place)) return;
  const request = givenTo(work, member.object);
  if (request === undefined || !isRequest(work, request) || isInStep(work, call)) return;
  report(
    work,
    "HF122",
    call,
    `A promise that is kept in a variable has no \`${method}\` of its own here: its result is what the journal keeps.`,
    method === "cancel"
      ? "Give the request a `signal`, and abort that."
      : `Call it where the request is made: \`await ky(url).${method}(…)\`, or await the response first.`,
  );
}

/** The one call whose value a variable has. */
function givenTo(work: Work, node: Node): CallExpression | undefined {
  const plain = unwrap(node);
  return plain.type === "Identifier" ? callIn(work.scopes.resolve(plain.name, plain)) : undefined;
}

function callIn(binding: Binding | undefined): CallExpression | undefined {
  const [value] = binding?.values ?? [];
  if (binding === undefined || value === undefined || value.index !== undefined) return undefined;
  if (binding.values.length > 1 || binding.writers.length > 0) return undefined;
  const plain = unwrap(value.expression);
  return plain.type === "CallExpression" ? plain : undefined;
}

function isRequest(work: Work, call: CallExpression): boolean {
  const member = calleeMember(call);
  const name = member && propertyName(member.property, member.computed);
  if (member !== undefined && !REQUESTS.has(name ?? "")) return false;
  return isInstance(work, member?.object ?? call.callee, depthMax);
}

/** Is it what one of the packages exports, or made of that by `create` or `extend`? */
function isInstance(work: Work, node: Node, depth: number): boolean {
  const root = rootOf(node);
  if (root.type !== "Identifier" || depth === 0) return false;
  const binding = work.scopes.resolve(root.name, root);
  if (binding?.from !== undefined) return PACKAGES.has(binding.from.module);
  const made = callIn(binding);
  const member = made && calleeMember(made);
  const name = member && propertyName(member.property, member.computed);
  return member !== undefined && INSTANCES.has(name ?? "") && isInstance(work, member.object, depth - 1);
}
