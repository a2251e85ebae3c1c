/**
 * Who calls, and tokens for those who have no key.
 */
import { configure } from "./config.ts";
import { createPublicToken } from "./lazy-public-token.ts";
import { unsupported } from "./unsupported.ts";

/**
 * Keys and tokens of callers.
 *
 * @example
 * ```ts
 * import { auth } from "holdfast";
 *
 * auth.configure({ baseURL: "https://tasks.example.com" });
 * const token = await auth.createPublicToken({ scopes: { trigger: { tasks: "report" } } });
 * ```
 */
export const auth = {
  /** The same as `configure`. */
  configure,
  /**
   * A token for a browser: it lets do what its scopes name, until its time is over; 15 minutes by default.
   * @throws HoldfastError HF505 without a key, HF519 for scopes or a time that are not valid
   */
  createPublicToken,
  /** A token that starts runs of one task or several. @throws as `createPublicToken` */
  createTriggerPublicToken: (
    task: string | readonly string[],
    options: Omit<Parameters<typeof createPublicToken>[0], "scopes"> = {},
  ): Promise<string> => createPublicToken({ ...options, scopes: { trigger: { tasks: task } } }),
  /** Not supported. @throws HoldfastError HF506 */
  createBatchTriggerPublicToken: unsupported(
    "auth.createBatchTriggerPublicToken",
    "Use createTriggerPublicToken.",
  ),
  /** Not supported. @throws HoldfastError HF506 */
  withPublicToken: unsupported("auth.withPublicToken", "Call configure() once, in the process that calls."),
  /** Not supported. @throws HoldfastError HF506 */
  withTriggerPublicToken: unsupported(
    "auth.withTriggerPublicToken",
    "Call configure() once, in the process that calls.",
  ),
  /** Not supported. @throws HoldfastError HF506 */
  withBatchTriggerPublicToken: unsupported(
    "auth.withBatchTriggerPublicToken",
    "Call configure() once, in the process that calls.",
  ),
  /** Not supported. @throws HoldfastError HF506 */
  getOIDCToken: unsupported("auth.getOIDCToken", "Give the function's role what it needs."),
  /** Not supported. @throws HoldfastError HF506 */
  withAuth: unsupported(
    "auth.withAuth",
    "Make a TriggerClient with that configuration, and call its functions.",
  ),
};
