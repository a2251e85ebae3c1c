/**
 * Frames: what every function of the author's begins with.
 *
 * Owns:      the `enter` line, arrows that become blocks, and where parameters and class fields get their frame from.
 * Invariant: a function keeps its name, its length and, without a run, its behaviour.
 */

import type { Class, ClassElement, FunctionNode, Node } from "./ast.ts";
import { unwrap } from "./ast.ts";
import { isCalledByLanguage } from "./called-by-language.ts";
import { captureFlags } from "./captures.ts";
import { endsInCall } from "./chain.ts";
import { chainOf } from "./chains.ts";
import { functionName } from "./function-path.ts";
import { checkFunction } from "./refusals.ts";
import { emitReturned } from "./returning.ts";
import { skipTrivia } from "./text.ts";
import type { FunctionFrame, Place, Work } from "./work.ts";

/** Writes a function: parameters, body, and the frame if it needs one. */
export function emitFunction(work: Work, fn: FunctionNode, place: Place): void {
  const frame = openFrame(work, fn, place);
  // Cut here now: MagicString looks for a place from the last one, and the frame's text comes after the whole body.
  if (fn.body !== null) work.out.appendLeft(fn.body.start + (fn.body.type === "BlockStatement" ? 1 : 0), "");
  if (place.frame !== null) place.frame.needed = true;
  checkFunction(work, fn);
  const sitesBefore = work.rows.length;
  const params: Place = { frame: place.frame, peek: true, path: frame.path };
  for (const param of fn.params) work.visit(param, params);
  if (work.rows.length > sitesBefore) frame.needed = true;
  if (fn.body === null) return;
  const inside: Place = { frame, peek: false, path: frame.path };
  if (fn.body.type === "BlockStatement") work.visit(fn.body, inside);
  else emitReturned(work, fn.body, inside);
  if (fn.generator) emitGeneratorFrame(work, fn, frame);
  else if (frame.needed) emitEnter(work, fn, frame);
}

function openFrame(work: Work, fn: FunctionNode, place: Place): FunctionFrame {
  const name = functionName(fn);
  const within = place.path === "" ? name : `${place.path}/${name}`;
  const ordinal = (work.functionPaths.get(within) ?? 0) + 1;
  work.functionPaths.set(within, ordinal);
  const path = ordinal === 1 ? within : `${within}#${ordinal}`;
  const depth = place.frame === null ? 1 : depthOf(place.frame) + 1;
  return {
    node: fn,
    parent: place.frame,
    variable: work.names.frame(depth),
    path,
    id: work.ids.next("function", path, ""),
    // A call of an async function is a frame even if nothing in it is a call: it needs no record.
    needed: fn.async,
    temps: [],
  };
}

function depthOf(frame: FunctionFrame): number {
  let depth = 0;
  for (let at: FunctionFrame | null = frame; at !== null; at = at.parent) depth += 1;
  return depth;
}

function enterCall(work: Work, fn: FunctionNode, frame: FunctionFrame): string {
  const isAsync = fn.async && !fn.generator;
  const kind = fn.generator ? "g" : isUnitArrow(work, fn) ? "u" : "";
  const byLanguage = isCalledByLanguage(work, fn) ? "l" : "";
  const flags = `${isAsync ? "a" : `${kind}${captureFlags(work, fn)}`}${byLanguage}`;
  return `${work.names.runtime}.enter("hf:${flags}:${frame.id}", ${frame.parent?.variable ?? "null"})`;
}

function emitEnter(work: Work, fn: FunctionNode, frame: FunctionFrame): void {
  const temps = frame.temps.length > 0 ? ` let ${frame.temps.join(", ")};` : "";
  const text = `const ${frame.variable} = ${enterCall(work, fn, frame)};${temps}`;
  const { body } = fn;
  if (body === null) return;
  if (body.type !== "BlockStatement") {
    work.out.prependRight(body.start, `{ ${text} return `);
    work.out.appendLeft(body.end, "; }");
    return;
  }
  const directive = body.body.findLast(
    (statement) => "directive" in statement && typeof statement.directive === "string",
  );
  const at = directive?.end ?? body.start + 1;
  const separator = directive !== undefined && work.source[at - 1] !== ";" ? ";" : "";
  work.out.appendLeft(at, `${separator} ${text}`);
}

/**
 * A generator's body runs at its first `next()`, when the frame that was handed over is long gone. A default in a
 * hidden rest pattern is evaluated when the generator is called; no argument can get in its way, for an array of
 * arguments has no property of that name, and the function's length stays.
 */
function emitGeneratorFrame(work: Work, fn: FunctionNode, frame: FunctionFrame): void {
  const last = fn.params.at(-1);
  if (!frame.needed) return;
  if (last?.type === "RestElement") {
    emitRestFrame(work, fn, frame, last);
    return;
  }
  const at = last === undefined ? openingOfParams(work, fn) : last.end;
  const temps = frame.temps.map((temp) => `, ${temp}`).join("");
  const comma = skipTrivia(work.source, at);
  if (last !== undefined && work.source[comma] === ",") work.out.update(comma, comma + 1, "");
  work.out.appendLeft(
    at,
    `${last === undefined ? "" : ", "}...{ ${frame.variable} = ${enterCall(work, fn, frame)}${temps} }`,
  );
}

/** A rest parameter shares its place with the frame, and gets its name back in the body. */
function emitRestFrame(
  work: Work,
  fn: FunctionNode,
  frame: FunctionFrame,
  rest: Node & { type: "RestElement" },
): void {
  // Patterns were refused.
  if (rest.argument.type !== "Identifier" || fn.body === null) return;
  work.tempCount += 1;
  const items = work.names.temp(work.tempCount);
  const names = [`${frame.variable} = ${enterCall(work, fn, frame)}`, ...frame.temps, `...${items}`];
  work.out.update(rest.start, rest.end, `...{ ${names.join(", ")} }`);
  work.out.prependLeft(fn.body.start + 1, ` var ${rest.argument.name} = Object.values(${items});`);
}

/** Offset behind the `(` of an empty parameter list. */
function openingOfParams(work: Work, fn: FunctionNode): number {
  const from = fn.typeParameters?.end ?? fn.id?.end ?? fn.start;
  return work.source.indexOf("(", from) + 1;
}

/** A plain arrow that is nothing but one wrapped call. */
function isUnitArrow(work: Work, fn: FunctionNode): boolean {
  if (fn.type !== "ArrowFunctionExpression" || fn.async) return false;
  const value = soleValue(fn.body);
  const chain = value === undefined ? undefined : chainOf(work, value);
  return chain !== undefined && endsInCall(chain);
}

function soleValue(body: Node): Node | undefined {
  if (body.type !== "BlockStatement") return unwrap(body);
  const [only] = body.body;
  if (body.body.length !== 1 || only?.type !== "ReturnStatement" || only.argument === null) return undefined;
  return unwrap(only.argument);
}

/** Writes a class. Field initialisers run in whoever makes the instance; static ones where the class stands. */
export function emitClass(work: Work, node: Class, place: Place): void {
  if (node.superClass !== null) work.visit(node.superClass, place);
  const fields: Place = { frame: place.frame, peek: true, path: place.path };
  for (const member of node.body.body) {
    if (member.type === "StaticBlock") for (const statement of member.body) work.visit(statement, place);
    else if (member.type !== "TSIndexSignature") emitMember(work, member, place, fields);
  }
}

function emitMember(
  work: Work,
  member: Exclude<ClassElement, { type: "StaticBlock" | "TSIndexSignature" }>,
  place: Place,
  fields: Place,
): void {
  if (member.computed) work.visit(member.key, place);
  if (member.value === null) return;
  const isField = member.type === "PropertyDefinition" || member.type === "AccessorProperty";
  work.visit(member.value, isField && !member.static ? fields : place);
}
