/**
 * Streams that one part of the program fills while another reads them, where the first is recorded as a whole: behind a crash
 * nobody fills them again.
 *
 * Owns:      how they are recognised, and the warning HF143.
 */
import {
  type CallExpression,
  calleeMember,
  climb,
  enclosingFunction,
  forEachChild,
  type Node,
  propertyName,
  unwrap,
} from "./ast.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

const STREAMS: ReadonlySet<string> = new Set(["stream", "stream/promises"]);
const SOCKETS: ReadonlySet<string> = new Set(["net", "tls"]);

/** Variables are followed so far. */
const depthMax = 5;

/** What is looked at, by the last part of the call's name. Each gives what is wrong. */
const LOOKS: Readonly<Record<string, (work: Work, call: CallExpression) => string | undefined>> = {
  compose: (work, call) =>
    isOf(work, calleeMember(call)?.object, STREAMS)
      ? "What `compose` makes is recorded when it has been read, and made anew in each pass: it ends with an AbortError there."
      : undefined,
  pipeline: (work, call) =>
    isOf(work, call.callee, STREAMS) && call.arguments.some((arg) => isLoopedOver(work, call, arg))
      ? "A loop reads what this pipeline fills, and each is recorded by itself: once the pipeline is, nobody fills the stream for the rest of the loop."
      : undefined,
  pipeTo: pipedFrom,
  pipeThrough: pipedFrom,
  connect: looped,
  createConnection: looped,
};

/** Looks at a call of a function. */
export function warnAboutEmptiedStream(work: Work, call: CallExpression, place: Place): void {
  const member = calleeMember(call);
  const callee = unwrap(call.callee);
  const name = member
    ? propertyName(member.property, member.computed)
    : callee.type === "Identifier" && callee.name;
  const look = name && Object.hasOwn(LOOKS, name) ? LOOKS[name] : undefined;
  if (look === undefined || isPlain(place)) return;
  const message = look(work, call);
  if (message === undefined || isInStep(work, call)) return;
  report(work, "HF143", call, message, 'Do all of it inside one unit: `await step("read", async () => …)`.');
}

/** The author's functions are called by a stream that a package's iterator moves on. */
function pipedFrom(work: Work, call: CallExpression): string | undefined {
  const made = madeBy(work, calleeMember(call)?.object, depthMax);
  const from = made && calleeMember(made);
  const owner = from && unwrap(from.object);
  if (made === undefined || owner?.type !== "Identifier" || owner.name !== "ReadableStream") return undefined;
  const [given] = made.arguments;
  const source = given && madeBy(work, given, depthMax);
  const module = source && importedFrom(work, source.callee, 0);
  if (module === undefined || module.startsWith(".") || module.startsWith("/")) return undefined;
  return "This stream is made of what a package gives: what your functions do with it in memory is not done again behind a crash.";
}

/** A client of the task's own server is read by a loop. */
function looped(work: Work, call: CallExpression): string | undefined {
  if (!isOf(work, call.callee, SOCKETS) || !work.source.includes("createServer")) return undefined;
  const { parent } = climb(call);
  if (parent?.type !== "VariableDeclarator" || !isLoopedOver(work, call, parent.id)) return undefined;
  return "A loop over this socket is recorded when it is over, and each pass opens another one: nobody ends that, and your server waits for it when it closes.";
}

/** Is it a variable that a `for await` of the same function goes over? */
function isLoopedOver(work: Work, call: Node, variable: Node): boolean {
  const plain = unwrap(variable);
  const body = enclosingFunction(call);
  if (plain.type !== "Identifier" || body === null) return false;
  const binding = work.scopes.resolve(plain.name, plain);
  const isOver = (node: Node): boolean => {
    if (node.type === "ForOfStatement" && node.await) {
      const source = unwrap(node.right);
      if (source.type === "Identifier" && work.scopes.resolve(source.name, source) === binding) return true;
    }
    let found = false;
    forEachChild(node, (child) => {
      found ||= isOver(child);
    });
    return found;
  };
  return binding !== undefined && isOver(body);
}

/** The call that an expression, or the variable that it names, is the value of. */
function madeBy(work: Work, node: Node | undefined, depth: number): CallExpression | undefined {
  if (node === undefined || depth === 0) return undefined;
  const plain = unwrap(node);
  if (plain.type === "CallExpression") return plain;
  if (plain.type !== "Identifier") return undefined;
  const binding = work.scopes.resolve(plain.name, plain);
  const [value] = binding?.values ?? [];
  if (value === undefined || value.index !== undefined || binding?.writers.length !== 0) return undefined;
  return madeBy(work, value.expression, depth - 1);
}

/** The module that an expression comes from, through calls, members and variables. */
function importedFrom(work: Work, node: Node, depth: number): string | undefined {
  if (depth > depthMax) return undefined;
  const plain = unwrap(node);
  if (plain.type === "MemberExpression") return importedFrom(work, plain.object, depth);
  if (plain.type === "CallExpression" || plain.type === "NewExpression")
    return importedFrom(work, plain.callee, depth);
  if (plain.type !== "Identifier") return undefined;
  const binding = work.scopes.resolve(plain.name, plain);
  const [value] = binding?.values ?? [];
  if (binding?.from !== undefined) return binding.from.module.replace(/^node:/, "");
  return value === undefined ? undefined : importedFrom(work, value.expression, depth + 1);
}

const isOf = (work: Work, node: Node | undefined, modules: ReadonlySet<string>): boolean =>
  node !== undefined && modules.has(importedFrom(work, node, 0) ?? "");
