/**
 * Idempotency keys: the same key gives the same run.
 */
import {
  type IdempotencyKey,
  type IdempotencyKeyScope,
  keptForms,
  keyMaterial,
  madeKey,
  type ResetIdempotencyKeyOptions,
} from "./key-forms.ts";
import { durable } from "./link.ts";
import { resetKey } from "./reset-key.ts";

/** Hexadecimal SHA-256, in every runtime. */
async function sha256(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function createOutside(
  key: string | readonly string[],
  { scope = "run" }: { readonly scope?: IdempotencyKeyScope } = {},
): Promise<IdempotencyKey> {
  keyMaterial(key, scope, []);
  return madeKey("global", await sha256(keyMaterial(key, "global", [])));
}

async function resetOutside(
  taskIdentifier: string,
  key: IdempotencyKey | string | readonly string[],
  options?: ResetIdempotencyKeyOptions,
): Promise<{ readonly id: string }> {
  const { plain, material, scope } = keptForms(key, options);
  const made = material === undefined ? undefined : madeKey(scope, await sha256(material));
  return resetKey(
    taskIdentifier,
    [plain, made].filter((form) => form !== undefined),
  );
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
  /**
   * Frees a key of a task: the next trigger with it starts a new run. The run that has it stays as it is. For a key that
   * `create` has made no options are needed; for parts, say the scope.
   * @throws HoldfastError HF510 for parts or options that are not valid
   * @throws NotFoundError where no run has the key; inside a run HoldfastError HF208
   *
   * @example
   * ```ts
   * import { idempotencyKeys } from "holdfast";
   *
   * await idempotencyKeys.reset("mail", ["welcome", "ann@shop.example"], { scope: "global" });
   * ```
   */
  reset: durable("idempotencyKeys.reset", [], resetOutside),
};
