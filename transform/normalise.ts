/**
 * The text of an expression that stays the same when only its looks change.
 *
 * Owns:      the canonical form behind site ids. A change here changes every id: treat it as a stored format.
 * Invariant: comments, white space, quotes, parentheses, types and trailing commas leave no trace. The body of
 *            a function given as an argument is left out, so that editing a callback keeps the id of its call.
 */
import { forEachChild, isFunction, type Node, propertyName, stringValue } from "./ast.ts";

/** Canonical texts, remembered by node: long chains contain each other. */
export class Normaliser {
  readonly #known = new Map<Node, string>();

  /** The canonical text of a node. */
  text(node: Node): string {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const text = this.#build(node);
    if (node.type === "CallExpression" || node.type === "NewExpression") this.#known.set(node, text);
    return text;
  }

  #build(node: Node): string {
    const literal = stringValue(node);
    if (literal !== undefined) return JSON.stringify(literal);
    if (isFunction(node)) return "fn";
    switch (node.type) {
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "TSNonNullExpression":
      case "TSInstantiationExpression":
      case "ChainExpression":
        return this.text(node.expression);
      case "Identifier":
        return node.name;
      case "PrivateIdentifier":
        return `#${node.name}`;
      case "Literal":
        return "regex" in node
          ? `/${node.regex.pattern}/${node.regex.flags}`
          : `${typeof node.value}:${node.value}`;
      case "TemplateElement":
        return JSON.stringify(node.value.raw);
      case "ClassExpression":
        return "class";
      case "MemberExpression":
        return this.#member(node.object, node.property, node.computed, node.optional);
      case "CallExpression":
        return `${this.text(node.callee)}${node.optional ? "?." : ""}(${this.#list(node.arguments)})`;
      case "Property":
        return `${node.kind}:${this.#key(node.key, node.computed)}=${this.text(node.value)}`;
      default:
        return `${node.type}${operatorOf(node)}(${this.#children(node)})`;
    }
  }

  #member(object: Node, property: Node, computed: boolean, optional: boolean): string {
    return `${this.text(object)}${optional ? "?." : ""}[${this.#key(property, computed)}]`;
  }

  #key(key: Node, computed: boolean): string {
    if (!computed && key.type === "Identifier") return `"${key.name}"`;
    const name = propertyName(key, computed);
    return name === undefined ? this.text(key) : JSON.stringify(name);
  }

  #list(nodes: readonly Node[]): string {
    return nodes.map((node) => this.text(node)).join(",");
  }

  #children(node: Node): string {
    const texts: string[] = [];
    forEachChild(node, (child) => texts.push(this.text(child)));
    return texts.join(",");
  }
}

function operatorOf(node: Node): string {
  switch (node.type) {
    case "UpdateExpression":
      return node.prefix ? node.operator : `.${node.operator}`;
    case "UnaryExpression":
    case "BinaryExpression":
    case "LogicalExpression":
    case "AssignmentExpression":
      return node.operator;
    default:
      return "";
  }
}
