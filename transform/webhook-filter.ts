/**
 * The filter of a webhook: read when the code is built, so that what decides on a delivery evaluates data.
 *
 * Owns:      the language: paths `event.…` and `header.…`, `==` `!=` `<` `<=` `>` `>=` `in` `contains` `startsWith` `endsWith`,
 *            `&&` `||` `!` and brackets. Trigger.dev's, without `any (…)` and `all (…)`.
 */
import jsep, { type Expression } from "jsep";

type Scalar = string | number | boolean | null;

/** A filter, in the form of the manifest. `functions/webhook-filter.ts` evaluates it. */
export type Filter =
  | { readonly all: readonly [Filter, Filter] }
  | { readonly any: readonly [Filter, Filter] }
  | { readonly not: Filter }
  | {
      readonly op: string;
      readonly path: readonly string[];
      readonly value: Scalar | readonly Scalar[] | { readonly path: readonly string[] };
    };

const comparisons = ["==", "!=", "<", "<=", ">", ">="];
const texts = ["contains", "startsWith", "endsWith"];

/** As `<` and its like bind. */
const asComparison = 7;
for (const name of ["in", ...texts]) jsep.addBinaryOp(name, asComparison);
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

function filterOf(node: Node): Filter {
  const { type, operator = "", left, right, argument } = node;
  if (type === "UnaryExpression" && operator === "!" && argument !== undefined)
    return { not: filterOf(argument) };
  if (type !== "BinaryExpression" || left === undefined || right === undefined)
    throw new Error("it is no comparison, such as event.type == 'paid'");
  if (operator === "&&") return { all: [filterOf(left), filterOf(right)] };
  if (operator === "||") return { any: [filterOf(left), filterOf(right)] };
  const path = pathOf(left);
  if (path === undefined) throw new Error(`what stands left of ${operator} is no path such as event.type`);
  return { op: operator, path, value: wantedOf(operator, right) };
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

/** `event.a.b`, `event.a[0]`, `header.x-github-event`. */
function pathOf(node: Node): readonly string[] | undefined {
  const { type, object, property, computed, name } = node;
  if (type === "Identifier") return name === "event" || name === "header" ? [name] : undefined;
  if (type !== "MemberExpression" || object === undefined || property === undefined) return undefined;
  const before = pathOf(object);
  const part = computed ? property.value : property.name;
  return before === undefined || part === undefined ? undefined : [...before, String(part)];
}
