/**
 * `using` and `await using`: the disposal at the end of a block is a call of its own.
 *
 * Owns:      the hidden resource behind each such declaration, and the question in front of its disposal.
 * Invariant: the name keeps the value itself; what is disposed of, when, and in which order is the runtime's business
 *            as it was (`using` stays `using`).
 */
import { type Node, readableName } from "./ast.ts";
import { isCaught } from "./leaving.ts";
import { addSite, frameAt, isPlain, type Place, report, siteAt, type Work } from "./work.ts";

type Declaration = Node & { type: "VariableDeclaration" };

/** True for `using` and `await using`. */
export const isUsing = ({ kind }: Declaration): boolean => kind === "using" || kind === "await using";

/** Writes a declaration with `using` in a block. */
export function emitUsing(work: Work, node: Declaration, place: Place): void {
  if (isPlain(place)) {
    for (const each of node.declarations) work.visit(each, place);
    return;
  }
  const { out } = work;
  const first = node.declarations[0];
  if (first === undefined) return;
  if (node.parent?.type === "ForStatement") {
    const fix = "Declare it in a block around the loop: `{ await using file = …; for (;;) { … } }`.";
    report(work, "HF103", node, "The head of a `for (…; …; …)` has no place for a disposal.", fix);
    return;
  }
  out.update(node.start, first.start, "const ");
  for (const [index, each] of node.declarations.entries()) {
    if (index > 0) out.update(node.declarations[index - 1]?.end ?? each.start, each.start, " const ");
    work.visit(each, place);
    out.appendLeft(each.end, `; ${resource(work, node, each.id, place)}`);
  }
  emitQuestion(work, node, place);
}

/** Writes `using` at the head of a `for … of`: what stands at the beginning of the loop's body. */
export function emitUsingInLoop(work: Work, node: Declaration, body: Node, place: Place): void {
  const [declared] = node.declarations;
  if (declared === undefined || isPlain(place)) return;
  if (body.type !== "BlockStatement") {
    const fix = "Put braces around the body of the loop.";
    report(work, "HF103", node, "A loop without a block has no place for a disposal.", fix);
    return;
  }
  work.out.update(node.start, declared.start, "const ");
  work.out.appendLeft(body.start + 1, ` ${resource(work, node, declared.id, place)}`);
}

/** `await using $t1 = $hf.disposal(…, file, true);` */
function resource(work: Work, { kind }: Declaration, name: Node, place: Place): string {
  const isAsync = kind === "await using";
  const called = `${readableName(name)}.${isAsync ? "asyncDispose" : "dispose"}`;
  const site = addSite(work, place, { text: called, name: called, offset: name.start, awaited: isAsync });
  work.tempCount += 1;
  const args = [frameAt(work, place), siteAt(work, site), readableName(name), String(isAsync)];
  return `${kind} ${work.names.temp(work.tempCount)} = ${work.names.runtime}.disposal(${args.join(", ")});`;
}

/**
 * An error that ends an attempt stops in front of the disposals, as it does in front of `finally` (`leaving.ts`). Functions
 * declared behind the `using` are seen in front of it: with such ones the block stays as it is written.
 */
function emitQuestion(work: Work, node: Declaration, place: Place): void {
  const { parent } = node;
  if (parent?.type !== "BlockStatement" || place.frame?.node.async !== true || isCaught(work, node)) return;
  const rest = parent.body.slice(parent.body.indexOf(node) + 1);
  if (rest.length === 0 || rest.some(({ type }) => type === "FunctionDeclaration")) return;
  work.tempCount += 1;
  const error = work.names.temp(work.tempCount);
  const { runtime } = work.names;
  const question = `if (${runtime}.leaving(${frameAt(work, place)}, ${error})) await ${runtime}.never();`;
  work.out.appendLeft(node.end, " try {");
  work.out.prependRight(parent.end - 1, `} catch (${error}) { ${question} throw ${error}; } `);
}
