/**
 * The filter of a webhook: read when the code is built, so that what decides on a delivery evaluates data.
 *
 * Owns:      the language: paths `event.…` and `header.…`, `==` `!=` `<` `<=` `>` `>=` `in` `contains` `startsWith` `endsWith`,
 *            `not in`, `&&` `||` `!`, brackets, and `any (…)` and `all (…)` of a list. Trigger.dev's.
 */
import jsep, { type Expression } from "jsep";

type Scalar = string | number | boolean | null;

/** A filter, in the form of the manifest. `functions/webhook-filter.ts` evaluates it. */
export type Filter =
  | { readonly all: readonly [Filter, Filter] }
  | { readonly any: readonly [Filter, Filter] }
  | { readonly not: Filter }
  /** Some or all of a list's items pass, looked at as `event`. */
  | { readonly each: "any" | "all"; readonly path: readonly string[]; readonly of: Filter }
  | {
      readonly op: string;
      readonly path: readonly string[];
      readonly value: Scalar | readonly Scalar[] | { readonly path: readonly string[] };
    };

const comparisons = ["==", "!=", "<", "<=", ">", ">="];
const texts = ["contains", "startsWith", "endsWith"];

/** As `<` and its like bind. */
const asComparison = 7;
for (const name of ["in", "not in", "any", "all", ...texts]) jsep.addBinaryOp(name, asComparison);
// Names of headers have them.
jsep.addIdentifierChar("-");

/** @throws Error that says what is wrong */
export function parseFilter(text: string): Filter {
  let parsed: Expression;
  try {
    parsed = jsep(text);
  } catch (error) {
    throw new Error(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return filterOf(parsed);
}

interface Node {
  readonly type: string;
  readonly operator?: string;
  readonly left?: Node;
  readonly right?: Node;
  readonly argument?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly computed?: boolean;
  readonly name?: string;
  readonly value?: unknown;
  readonly elements?: readonly (Node | null)[];
}

type Paths = (node: Node) => readonly string[] | undefined;

function filterOf(node: Node, pathIn: Paths = pathOf): Filter {
  const { type, operator = "", left, right, argument } = node;
  if (type === "UnaryExpression" && operator === "!" && argument !== undefined)
    return { not: filterOf(argument, pathIn) };
  if (type !== "BinaryExpression" || left === undefined || right === undefined)
    throw new Error("it is no comparison, such as event.type == 'paid'");
  if (operator === "&&") return { all: [filterOf(left, pathIn), filterOf(right, pathIn)] };
  if (operator === "||") return { any: [filterOf(left, pathIn), filterOf(right, pathIn)] };
  const path = pathIn(left);
  if (path === undefined) throw new Error(`what stands left of ${operator} is no path such as event.type`);
  if (operator === "any" || operator === "all")
    return { each: operator, path, of: filterOf(right, itemPathOf) };
  if (operator === "not in") return { not: { op: "in", path, value: wantedOf("in", right) } };
  // In the item of a list a name is a path of its own: it would be read as text that lacks its quotes.
  const value = wantedOf(operator, right);
  if (pathIn !== pathOf && typeof value === "object" && value !== null && "path" in value)
    throw new Error(
      `what stands right of ${operator} in a list's item is no text, number, true, false or null`,
    );
  return { op: operator, path, value };
}

function wantedOf(operator: string, node: Node): Scalar | readonly Scalar[] | { path: readonly string[] } {
  if (operator === "in") {
    if (node.type !== "ArrayExpression")
      throw new Error("what stands right of in is no list such as ['a', 'b']");
    return (node.elements ?? []).map((each) => scalarOf(each, operator));
  }
  if (texts.includes(operator)) {
    const text = scalarOf(node, operator);
    if (typeof text === "string") return text;
    throw new Error(`what stands right of ${operator} is no text`);
  }
  if (!comparisons.includes(operator)) throw new Error(`there is no operator ${operator}`);
  const path = pathOf(node);
  return path === undefined ? scalarOf(node, operator) : { path };
}

function scalarOf(node: Node | null, operator: string): Scalar {
  const { type, name, value } = node ?? { type: "" };
  if (type === "Literal" && ["string", "number", "boolean"].includes(typeof value)) return value as Scalar;
  if (type === "Literal" && value === null) return null;
  // The minus belongs to names.
  if (type === "Identifier" && /^-\d+$/.test(name ?? "")) return Number(name);
  throw new Error(`what stands right of ${operator} is no text, number, true, false, null or path`);
}

/** The path in an item of a list, which is looked at as `event`. */
function itemPathOf(node: Node): readonly string[] | undefined {
  const { type, object, property, computed, name } = node;
  if (type === "Identifier") return name === undefined || /^-?\d/.test(name) ? undefined : ["event", name];
  if (type !== "MemberExpression" || object === undefined || property === undefined) return undefined;
  const before = itemPathOf(object);
  const part = computed ? property.value : property.name;
  return before === undefined || part === undefined ? undefined : [...before, String(part)];
}

/** `event.a.b`, `event.a[0]`, `header.x-github-event`. */
function pathOf(node: Node): readonly string[] | undefined {
  const { type, object, property, computed, name } = node;
  if (type === "Identifier") return name === "event" || name === "header" ? [name] : undefined;
  if (type !== "MemberExpression" || object === undefined || property === undefined) return undefined;
  const before = pathOf(object);
  const part = computed ? property.value : property.name;
  return before === undefined || part === undefined ? undefined : [...before, String(part)];
}
