/**
 * Idempotency keys: the same key gives the same run.
 *
 * Owns:      scopes, and what a key of several parts is as a text.
 * Invariant: parts stand apart: `["a-b", "c"]` is not `["a", "b-c"]`. A made key is the same inside a run and outside.
 */
import { HoldfastError } from "../engine/errors.ts";
import { durable } from "./link.ts";

/** How far a key reaches: within the run that makes it, within its attempt, or everywhere. */
export type IdempotencyKeyScope = "run" | "attempt" | "global";

declare const made: unique symbol;

/** A key that `idempotencyKeys.create` has made: its scope is in it, and nothing is added to it. */
export type IdempotencyKey = string & { readonly [made]: "IdempotencyKey" };

const longestPart = 2_048;
const mostParts = 20;
const madeForm = /^ik_(run|attempt|global)_[0-9a-f]{64}$/;

/** Is this a key that `create` has made? */
export const isMadeKey = (key: string): boolean => madeForm.test(key);

const isPart = (part: unknown): part is string =>
  typeof part === "string" && part !== "" && part.length <= longestPart;

/**
 * A key as one text.
 * @throws HoldfastError HF510 for anything but a text, or a list of 1 to 20 texts, of 1 to 2048 characters each.
 */
export function keyText(key: unknown): string {
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key];
  if (parts.length === 0 || parts.length > mostParts || !parts.every(isPart)) {
    const what = "The idempotency key is neither a text nor a list of 1 to 20 texts of 1 to 2048 characters.";
    throw new HoldfastError("HF510", what, 'Give a text such as "order-7", or its parts: ["order", "7"].');
  }
  return parts.length === 1 ? (parts[0] ?? "") : JSON.stringify(parts);
}

/** What a made key is a hash of. `within`: the run, and the attempt, that it holds in. */
export function keyMaterial(key: unknown, scope: unknown, within: readonly string[]): string {
  if (scope !== "run" && scope !== "attempt" && scope !== "global") {
    const what = `The scope ${JSON.stringify(scope)} is not one of "run", "attempt" and "global".`;
    throw new HoldfastError("HF510", what, 'Leave it out for "run".');
  }
  return JSON.stringify([scope, ...within, keyText(key)]);
}

/** The key of a hash. */
export const madeKey = (scope: IdempotencyKeyScope, hash: string): IdempotencyKey =>
  `ik_${scope}_${hash}` as IdempotencyKey;

async function createOutside(
  key: string | readonly string[],
  { scope = "run" }: { readonly scope?: IdempotencyKeyScope } = {},
): Promise<IdempotencyKey> {
  keyMaterial(key, scope, []);
  const bytes = new TextEncoder().encode(keyMaterial(key, "global", []));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return madeKey("global", Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}

/**
 * Keys with a scope.
 *
 * @example
 * ```ts
 * import { idempotencyKeys, tasks } from "holdfast";
 *
 * const once = await idempotencyKeys.create(["welcome", "ann@shop.example"], { scope: "global" });
 * await tasks.trigger("mail", { to: "ann@shop.example" }, { idempotencyKey: once });
 * ```
 */
export const idempotencyKeys = {
  /**
   * Makes a key. `scope` is "run" by default: another run that makes a key of the same parts gets another one. "attempt"
   * holds until `run` rejects, "global" for all runs. Outside a run every key is global.
   * @throws HoldfastError HF510 for parts or a scope that are not valid.
   */
  create: durable("idempotencyKeys.create", [], createOutside),
  /** Not supported. @throws HoldfastError HF506 */
  reset: (): never => {
    const what = "idempotencyKeys.reset() is not supported: a key holds until its idempotencyKeyTTL is over.";
    throw new HoldfastError("HF506", what, "Use another key, or give a shorter idempotencyKeyTTL.");
  },
};
