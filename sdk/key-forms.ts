/**
 * The forms of idempotency keys.
 *
 * Owns:      scopes, and what a key of several parts is as a text.
 * Invariant: parts stand apart: `["a-b", "c"]` is not `["a", "b-c"]`. A made key is the same inside a run and outside.
 */
import { HoldfastError } from "../engine/errors.ts";

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

/** What `idempotencyKeys.reset` has to know of a key that `create` has not made. */
export interface ResetIdempotencyKeyOptions {
  /** "run" by default, as with `create`. */
  readonly scope?: IdempotencyKeyScope;
  /** The run that the key was used in, for the scopes "run" and "attempt". Inside a run: that one. */
  readonly parentRunId?: string;
  /** The attempt that it was used in, for the scope "attempt", from 1 on. Inside a run: that one. */
  readonly attemptNumber?: number;
}

/** Where a reset is called: the run and attempt, or nothing of the kind. */
export interface ResetWithin {
  readonly runId?: string;
  readonly attempt?: number;
}

/**
 * The forms under which triggers keep a key: as it was given, and as `create` makes it of the same parts.
 * @throws HoldfastError HF510 where it takes a run or an attempt that nobody has named
 */
export function keptForms(
  key: unknown,
  { scope = "run", parentRunId, attemptNumber }: ResetIdempotencyKeyOptions = {},
  within: ResetWithin = {},
): { readonly plain?: string; readonly material?: string; readonly scope: IdempotencyKeyScope } {
  const text = keyText(key);
  if (isMadeKey(text)) return { plain: text, scope };
  if (scope === "global") return { plain: text, material: keyMaterial(key, scope, []), scope };
  const runId = parentRunId ?? within.runId;
  const attempt = attemptNumber ?? within.attempt;
  if (runId === undefined || (scope === "attempt" && attempt === undefined)) {
    const what = `A key with the scope "${scope}" belongs to a run, and none is given.`;
    const fix = 'Give parentRunId (and attemptNumber for "attempt"), or { scope: "global" }.';
    throw new HoldfastError("HF510", what, fix);
  }
  if (scope === "attempt") return { material: keyMaterial(key, scope, [runId, String(attempt)]), scope };
  return { plain: `${runId}:${text}`, material: keyMaterial(key, scope, [runId]), scope };
}

/** No run has the key in any of its forms. */
export function keyNotThere(task: string): HoldfastError {
  const what = `No run of the task ${JSON.stringify(task.slice(0, 100))} has this idempotency key.`;
  return new HoldfastError(
    "HF208",
    what,
    "Check the task's id, the key and its scope; a key ends by itself, too.",
  );
}
