/**
 * A line of the author's log as it is kept and written down.
 *
 * Owns:      what of a line is message and what is properties, and how long it may be.
 * Never:     throws: what cannot be shown is said to be so, and the author's code goes on.
 */
import { format, inspect } from "node:util";
import type { LogLevel } from "../engine/pass-context.ts";
import { withoutOwnFrames } from "../engine/run-error.ts";
import type { LineAt, LogLine } from "../engine/run-logs.ts";

/** Characters of message and properties together. */
export const lineChars = 8_192;

/** `logger.info("text", { … })`, and the same given to `console`: a text and an object. */
function propertiesOf(parts: readonly unknown[]): object | undefined {
  const [message, properties, ...others] = parts;
  if (typeof message !== "string" || message.includes("%") || others.length > 0) return undefined;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(properties);
  return prototype === Object.prototype || prototype === null ? properties : undefined;
}

/** An error's own fields are not enumerable; frames of Holdfast's help nobody. */
function shown(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (!(value instanceof Error)) return value;
  const { name, message, stack } = value;
  return { ...value, name, message, stack: stack && withoutOwnFrames(stack) };
}

type Mask = (text: string) => string;

/** A number whose digits are a secret becomes a text: JSON has no other place for the mask. */
function hidden(value: unknown, mask: Mask): unknown {
  if (typeof value !== "number") return value;
  const text = String(value);
  const masked = mask(text);
  return masked === text ? value : masked;
}

function jsonOf(properties: object, mask: Mask): string {
  try {
    return JSON.stringify(properties, (name, value) => hidden(shown(name, value), mask));
  } catch {
    // In a circle, or with a `toJSON` that throws.
    return JSON.stringify(inspect(properties));
  }
}

function messageOf(parts: readonly unknown[]): string {
  try {
    return withoutOwnFrames(format(...parts));
  } catch (error) {
    return `(This line cannot be shown: ${error instanceof Error ? error.message : "unknown"})`;
  }
}

/** Before they are put together: a `%d` in a secret would be taken for a place to fill, and leave its halves. */
export const maskedTexts = (parts: readonly unknown[], mask: Mask): readonly unknown[] =>
  parts.map((part) => (typeof part === "string" ? mask(part) : part));

/** Makes a line of what was given to `logger` or `console`. Masked before it is cut: no half of a secret is left. */
export function logLine(
  time: number,
  level: LogLevel,
  parts: readonly unknown[],
  at: LineAt,
  mask: Mask = (text) => text,
): LogLine {
  const properties = propertiesOf(parts);
  const texts = properties === undefined ? maskedTexts(parts, mask) : maskedTexts(parts.slice(0, 1), mask);
  const message = mask(messageOf(texts));
  const json = properties === undefined ? "" : mask(jsonOf(properties, mask));
  const isCut = message.length + json.length > lineChars;
  const kept = message.slice(0, lineChars);
  return {
    time,
    level,
    ...at,
    message: kept,
    ...(json === "" ? {} : { properties: json.slice(0, lineChars - kept.length) }),
    ...(isCut ? { isCut } : {}),
  };
}

/** The properties of a line as a value; of a line that was cut, as the text that is left of them. */
export function propertiesIn({ properties, isCut }: LogLine): unknown {
  return properties === undefined || isCut ? properties : (JSON.parse(properties) as unknown);
}
