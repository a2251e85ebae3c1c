/**
 * The filter of a webhook or waiter, read into data: for a webhook when the code is built, for a waiter when it is made.
 *
 * Owns:      the language: paths `event.…` and `header.…`, `==` `!=` `<` `<=` `>` `>=` `in` `contains` `startsWith` `endsWith`,
 *            `not in`, `&&` `||` `!`, brackets, and `any (…)` and `all (…)` of a list. Trigger.dev's.
 */
import type { Filter, Path, Scalar } from "./passes.ts";
import { type Token, tokensOf } from "./tokens.ts";

const comparisons = ["==", "!=", "<", "<=", ">", ">="];
const texts = ["contains", "startsWith", "endsWith"];
const constants: Readonly<Record<string, Scalar>> = { true: true, false: false, null: null };

/** @throws Error that says what is wrong */
export function parseFilter(text: string): Filter {
  const reader = new Reader(tokensOf(text));
  const filter = reader.either();
  reader.end();
  return filter;
}

/** What stands at one side of an operator. */
type Operand =
  | { readonly path: Path }
  | { readonly scalar: Scalar }
  | { readonly list: readonly (Scalar | undefined)[] }
  /** Something else: a name that is no path, a call. */
  | { readonly strange: true };

class Reader {
  #at = 0;
  /** In the brackets of `any` and `all`, whose names are those of an item. */
  #isInItem = false;
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token !== undefined) throw unreadable(`unexpected ${JSON.stringify(token.text)}`);
  }

  either(): Filter {
    let filter = this.#both();
    while (this.#takes("||")) filter = { any: [filter, this.#both()] };
    return filter;
  }

  #both(): Filter {
    let filter = this.#one();
    while (this.#takes("&&")) filter = { all: [filter, this.#one()] };
    return filter;
  }

  #one(): Filter {
    if (this.#takes("!")) return { not: this.#one() };
    if (this.#takes("(")) return this.#inBrackets();
    return this.#comparison();
  }

  #inBrackets(): Filter {
    const filter = this.either();
    this.#expect(")");
    return filter;
  }

  #comparison(): Filter {
    const left = this.#operand();
    const operator = this.#operator();
    if (!("path" in left)) throw new Error(`what stands left of ${operator} is no path such as event.type`);
    const { path } = left;
    if (operator === "any" || operator === "all") return { each: operator, path, of: this.#ofItem() };
    const isIn = operator === "in" || operator === "not in";
    if (!isIn && !comparisons.includes(operator) && !texts.includes(operator))
      throw new Error(`there is no operator ${operator}`);
    const value = this.#wanted(isIn ? "in" : operator);
    return operator === "not in" ? { not: { op: "in", path, value } } : { op: operator, path, value };
  }

  #operator(): string {
    const token = this.#tokens[this.#at];
    const isOne =
      token?.kind === "name" || (token?.kind === "sign" && !/^(&&|\|\||[()[\].,])$/.test(token.text));
    if (token === undefined || !isOne) throw new Error("it is no comparison, such as event.type == 'paid'");
    this.#at += 1;
    if (token.text !== "not") return token.text;
    return this.#takes("in") ? "not in" : "not";
  }

  /** The condition that some or all of a list's items have to fulfil. */
  #ofItem(): Filter {
    if (!this.#takes("(")) throw new Error("it is no comparison, such as event.items any (id == 1)");
    const before = this.#isInItem;
    this.#isInItem = true;
    const filter = this.#inBrackets();
    this.#isInItem = before;
    return filter;
  }

  #wanted(operator: string): Scalar | readonly Scalar[] | { readonly path: Path } {
    const right = this.#operand();
    if (operator === "in") {
      if (!("list" in right)) throw new Error("what stands right of in is no list such as ['a', 'b']");
      return right.list.map((item) => (item === undefined ? noScalar(operator) : item));
    }
    if (texts.includes(operator)) {
      if ("scalar" in right && typeof right.scalar === "string") return right.scalar;
      throw new Error(`what stands right of ${operator} is no text`);
    }
    if ("scalar" in right) return right.scalar;
    if (!("path" in right)) return noScalar(operator);
    // In the item of a list a name is a path of its own: it would be read as text that lacks its quotes.
    if (!this.#isInItem) return { path: right.path };
    throw new Error(
      `what stands right of ${operator} in a list's item is no text, number, true, false or null`,
    );
  }

  #operand(): Operand {
    const token = this.#next();
    if (token.kind === "text" || token.kind === "number") return { scalar: token.value };
    if (token.text === "[") return { list: this.#list() };
    if (token.kind !== "name") throw unreadable(`unexpected ${JSON.stringify(token.text)}`);
    const constant = constants[token.text];
    if (constant !== undefined) return { scalar: constant };
    const names = [token.text, ...this.#members()];
    if (this.#isInItem) return { path: ["event", ...names] };
    return token.text === "event" || token.text === "header" ? { path: names } : { strange: true };
  }

  /** `.a`, `[0]`, `["a"]`: how it goes on behind the first name. */
  #members(): string[] {
    const names: string[] = [];
    for (;;) {
      if (this.#takes(".")) {
        const { kind, text } = this.#next();
        if (kind !== "name") throw unreadable(`no name behind the point but ${JSON.stringify(text)}`);
        names.push(text);
      } else if (this.#takes("[")) {
        const token = this.#next();
        if (token.kind !== "text" && token.kind !== "number")
          throw unreadable(`no text or number in the brackets but ${JSON.stringify(token.text)}`);
        names.push(String(token.value));
        this.#expect("]");
      } else return names;
    }
  }

  #list(): (Scalar | undefined)[] {
    const items: (Scalar | undefined)[] = [];
    while (!this.#takes("]")) {
      if (items.length > 0) this.#expect(",");
      const item = this.#operand();
      items.push("scalar" in item ? item.scalar : undefined);
    }
    return items;
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw unreadable("it ends too early");
    this.#at += 1;
    return token;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    const isIt = token?.text === text && token.kind !== "text";
    if (isIt) this.#at += 1;
    return isIt;
  }

  #expect(text: string): void {
    if (this.#takes(text)) return;
    const found = this.#tokens[this.#at];
    const what = found === undefined ? "it ends" : `there is ${JSON.stringify(found.text)}`;
    throw unreadable(`${what} where ${text} is missing`);
  }
}

const unreadable = (why: string): Error => new Error(`it cannot be read: ${why}`);

function noScalar(operator: string): never {
  throw new Error(`what stands right of ${operator} is no text, number, true, false, null or path`);
}
