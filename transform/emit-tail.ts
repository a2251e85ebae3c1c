/**
 * The tail of a wrapped call as data: `[["json", []], ["data"], [undefined, [x]]]`.
 *
 * Owns:      the text of each link behind a wrapped call that is handed over.
 * Invariant: a method and its call are one segment, so that `this` is the value before it.
 */
import type { CallExpression, MemberExpression } from "./ast.ts";
import type { Group } from "./chain.ts";
import { openParen } from "./text.ts";
import type { Place, Work } from "./work.ts";

/** Writes the link at `index` of a group's tail. */
export function emitTailLink(work: Work, group: Group, index: number, place: Place): void {
  const { links } = group.chain;
  const link = links[index];
  const open = index === group.head + 1 ? ", [" : ", ";
  if (link?.kind === "member") {
    const isMethod = index < group.last && links[index + 1]?.kind === "call";
    emitMember(work, link.node, place, open, isMethod);
  } else if (link?.kind === "call") {
    const before = links[index - 1];
    const method = before?.kind === "member" && index - 1 > group.head ? before.node : undefined;
    emitCall(work, link.node, place, open, method);
  }
}

function emitMember(work: Work, node: MemberExpression, place: Place, open: string, isMethod: boolean): void {
  const { object, property, computed } = node;
  if (!computed) {
    const key = property.type === "Identifier" ? property.name : "";
    work.out.update(object.end, property.end, `${open}[${JSON.stringify(key)}${isMethod ? "" : "]"}`);
    return;
  }
  work.out.update(object.end, property.start, `${open}[`);
  work.visit(property, place);
  if (isMethod) work.out.update(property.end, node.end, "");
}

function emitCall(
  work: Work,
  call: CallExpression,
  place: Place,
  open: string,
  method: MemberExpression | undefined,
): void {
  const paren = openParen(work.source, call.typeArguments?.end ?? call.callee.end);
  const from = method === undefined ? call.callee.end : method.end;
  work.out.update(from, paren + 1, method === undefined ? `${open}[undefined, [` : ", [");
  for (const argument of call.arguments) work.visit(argument, place);
  work.out.update(call.end - 1, call.end, "]]");
}
