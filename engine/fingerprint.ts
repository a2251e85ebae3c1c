/**
 * Short stable hashes: of a unit's inputs, of texts, and the idempotency key of a unit.
 *
 * Invariant: never throws; equal data give equal fingerprints in every process and every pass.
 */
import { createHash } from "node:crypto";
import { comparisonText } from "./codec.ts";
import { classChain } from "./codec-classes.ts";
import { hashText } from "./hash.ts";

export { hashText };

/** Texts above this size are hashed by their length and their two ends. */
const longText = 64 * 1024;
const end = longText / 2;

/** 11 digits of base 36: 56 bits. */
const digits = 11;

function shortened(text: string): string {
  if (text.length <= longText) return text;
  return `${text.length}:${text.slice(0, end)}${text.slice(-end)}`;
}

function textOf(value: unknown): string {
  try {
    return comparisonText(value);
  } catch {
    return typeof value === "object" && value !== null
      ? `?${classChain(value)[0] ?? "Object"}`
      : `?${typeof value}`;
  }
}

/** One text for all arguments; where they cannot be read together, each by itself. */
function textOfAll(args: readonly unknown[]): string {
  try {
    return comparisonText(args);
  } catch {
    return args.map(textOf).join(",");
  }
}

/** Plain data: an object with functions of its own is a service, and what it holds besides is no input of the call. */
function isData(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
    return !Object.values(value).some((member) => typeof member === "function");
  } catch {
    return false;
  }
}

/**
 * The fingerprint of a unit's inputs: arguments and, for methods, the receiver, if it is plain data. Live values count by
 * their class, functions by their source, errors without their stack.
 */
export function fingerprint(args: readonly unknown[], receiver?: unknown): string {
  const text = textOfAll(args);
  const whole = isData(receiver) ? `${text}\n${textOf(receiver)}` : text;
  return hashText(shortened(whole), digits);
}

/** The idempotency key of a unit: 32 characters, the same for every try until its result is rejected. */
export function idempotencyKeyOf(runId: string, key: string, generation: number): string {
  const text = JSON.stringify([runId, key, generation]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 32);
}
