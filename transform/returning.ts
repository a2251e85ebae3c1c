/**
 * What an async function returns is waited for, though no `await` says so: `return db.insert(row)` runs a lazy query.
 *
 * Owns:      the joins of returned values, and which values can be no thenables as far as the source tells.
 */
import { type Node, readableName, unwrap } from "./ast.ts";
import { chainOf } from "./chains.ts";
import { spaced } from "./text.ts";
import { addSite, frameAt, type Place, siteAt, type Work } from "./work.ts";

/** Writes what a function returns, by `return` or as the body of an arrow. */
export function emitReturned(work: Work, argument: Node, place: Place): void {
  const fn = place.frame?.node;
  const isWaitedFor = fn?.async === true && !place.peek && !work.inlined.has(argument.start);
  if (!isWaitedFor || !mayBeThenable(work, argument)) {
    work.visit(argument, place);
    return;
  }
  const site = addSite(work, place, {
    text: `return ${work.normaliser.text(unwrap(argument))}`,
    name: readableName(argument),
    offset: argument.start,
  });
  const { start, end, type } = argument;
  const [open, close] = type === "SequenceExpression" ? ["(", "))"] : ["", ")"];
  const text = `${work.names.runtime}.join(${frameAt(work, place)}, ${siteAt(work, site)}, ${open}`;
  work.out.appendRight(start, spaced(work.source, start, text));
  work.visit(argument, place);
  work.out.appendLeft(end, close);
}

function mayBeThenable(work: Work, node: Node, seen: Set<Node> = new Set()): boolean {
  const plain = unwrap(node);
  if (seen.has(plain)) return false;
  seen.add(plain);
  const may = (each: Node): boolean => mayBeThenable(work, each, seen);
  switch (plain.type) {
    case "CallExpression":
    case "TaggedTemplateExpression":
      return chainOf(work, plain)?.groups.length !== 0;
    case "ChainExpression":
    case "MemberExpression":
    case "NewExpression":
      return true;
    case "ConditionalExpression":
      return may(plain.consequent) || may(plain.alternate);
    case "LogicalExpression":
      return may(plain.left) || may(plain.right);
    case "AssignmentExpression":
      return may(plain.right);
    case "SequenceExpression": {
      const last = plain.expressions.at(-1);
      return last !== undefined && may(last);
    }
    case "Identifier":
      return isUnsure(work, plain, may);
    default:
      return false;
  }
}

/** A variable that may have been given a thenable; what a pattern takes out of something counts as unsure. */
function isUnsure(
  work: Work,
  name: Node & { type: "Identifier"; name: string },
  may: (node: Node) => boolean,
): boolean {
  const binding = work.scopes.resolve(name.name, name);
  if (binding === undefined) return name.name !== "undefined";
  if (binding.kind === "function" || binding.kind === "class") return false;
  const { values } = binding;
  const declarator = binding.node.parent;
  const isWhole = declarator?.type === "VariableDeclarator" && declarator.id === binding.node;
  if (values.length === 0 || !isWhole) return true;
  return values.some(({ expression }) => may(expression));
}
