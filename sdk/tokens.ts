/**
 * Tokens as callers see them: what `wait.createToken` gives, how a token ended, and lists of them.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Duration } from "./duration.ts";

/** Options of `wait.createToken`. */
export interface CreateTokenOptions {
  /** How long the token may stay open, or until when; without it for ever. */
  readonly timeout?: Duration | Date;
  /** The same key gives the same token. Inside a run it holds within that run. */
  readonly idempotencyKey?: string | readonly string[];
  /** How long the key holds; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
  readonly tags?: string | readonly string[];
}

/** A token that was made. */
export interface CreatedToken {
  readonly id: string;
  /** A token with this idempotency key was there already. */
  readonly isCached: boolean;
  /** Completes the token: whoever POSTs JSON there needs no key. */
  readonly url: string;
  /** A bearer that completes this token and nothing else. */
  readonly publicAccessToken: string;
}

/** How a token ended. */
export type TokenResult<Output> =
  | { readonly ok: true; readonly output: Output }
  | { readonly ok: false; readonly error: Error };

/** What `wait.forToken` gives: await it for the result, or `.unwrap()` it for the output. */
export interface TokenPromise<Output> extends Promise<TokenResult<Output>> {
  /** @throws WaitpointTimeoutError when the token was not completed in time */
  unwrap(): Promise<Output>;
}

/** A token's time was over before anybody completed it. */
export class WaitpointTimeoutError extends Error {
  override readonly name = "WaitpointTimeoutError";
}

/** A webhook's waiter was canceled before a delivery came. */
export class WebhookWaiterCancelledError extends Error {
  override readonly name = "WebhookWaiterCancelledError";
}

/** The error that a token has ended with. */
export const tokenError = ({ name, message }: { readonly name?: string; readonly message: string }): Error =>
  name === "WebhookWaiterCancelledError"
    ? new WebhookWaiterCancelledError(message)
    : new WaitpointTimeoutError(message);

/** What has become of a token. */
export type TokenStatus = "WAITING" | "COMPLETED" | "TIMED_OUT";

/** A token as it is now. */
export interface RetrievedToken<Output = unknown> {
  readonly id: string;
  readonly url: string;
  readonly status: TokenStatus;
  readonly idempotencyKey?: string;
  readonly tags: string[];
  readonly createdAt: Date;
  readonly timeoutAt?: Date;
  readonly completedAt?: Date;
  readonly output?: Output;
  readonly error?: Error;
}

/** Which tokens to list, newest first. */
export interface ListTokensParams {
  readonly status?: TokenStatus | readonly TokenStatus[];
  readonly tags?: string | readonly string[];
  /** Made with this key, as the token shows it. */
  readonly idempotencyKey?: string;
  /** A duration back from now, such as "1d". */
  readonly period?: string;
  readonly from?: Date | number;
  readonly to?: Date | number;
  /** Per page, at most 100; 25 by default. */
  readonly limit?: number;
  /** Begin behind this token's id. */
  readonly after?: string;
  /** The page that ends before this token's id. Not beside `after`. */
  readonly before?: string;
}

/** A token, or its id. */
export type TokenRef = string | { readonly id: string };

/** The id. @throws HoldfastError HF510 for what is neither */
export function tokenId(token: unknown): string {
  const id = typeof token === "object" && token !== null ? (token as { id?: unknown }).id : token;
  if (typeof id === "string" && id !== "") return id;
  throw new HoldfastError(
    "HF510",
    "The token is no token and no id.",
    "Give what wait.createToken() gave, or its id.",
  );
}

/** The output of a token. @throws WaitpointTimeoutError */
export function unwrapToken<Output>(result: TokenResult<Output>): Output {
  if (result.ok) return result.output;
  throw result.error;
}

const known: readonly string[] = ["timeout", "idempotencyKey", "idempotencyKeyTTL", "tags"];

/** The options, if they are some. @throws HoldfastError HF506, HF510 */
export function checkTokenOptions(options: unknown): object {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null)
    throw new HoldfastError(
      "HF510",
      `The token's options are ${String(options)}.`,
      'Give { timeout: "1h" }.',
    );
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return options;
  throw new HoldfastError(
    "HF506",
    `The token option "${unknown}" is not supported.`,
    `Supported: ${known.join(", ")}.`,
  );
}
