/** The parts of an update's expressions, collected: what is given to DynamoDB under aliases. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Collects the parts of an expression; a value or name is given once and known by its alias. */
export class Expression {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};
  readonly #set: string[] = [];
  readonly #remove: string[] = [];
  readonly #add: string[] = [];

  name(attribute: string): string {
    const alias = `#${attribute}`;
    this.names[alias] = attribute;
    return alias;
  }

  value(value: AttributeValue): string {
    const alias = `:v${Object.keys(this.values).length}`;
    this.values[alias] = value;
    return alias;
  }

  set(attribute: string, value: AttributeValue): void {
    this.#set.push(`${this.name(attribute)} = ${this.value(value)}`);
  }

  setOnce(attribute: string, value: AttributeValue): void {
    const name = this.name(attribute);
    this.#set.push(`${name} = if_not_exists(${name}, ${this.value(value)})`);
  }

  remove(attribute: string): void {
    this.#remove.push(this.name(attribute));
  }

  add(attribute: string, value: AttributeValue): void {
    this.#add.push(`${this.name(attribute)} ${this.value(value)}`);
  }

  get update(): string {
    const parts = { SET: this.#set, REMOVE: this.#remove, ADD: this.#add };
    return Object.entries(parts)
      .filter(([, list]) => list.length > 0)
      .map(([word, list]) => `${word} ${list.join(", ")}`)
      .join(" ");
  }
}
