/**
 * Who calls, and tokens for those who have no key.
 */
import { calledWith } from "./calls-apart.ts";
import { type Configuration, configure } from "./config.ts";
import { createPublicToken } from "./lazy-public-token.ts";
import { durable } from "./link.ts";
import type { PublicTokenOptions } from "./public-token.ts";
import { unsupported } from "./unsupported.ts";

/** Options of a token that starts runs. */
export interface TriggerTokenOptions extends Omit<PublicTokenOptions, "scopes"> {
  /** It starts as many as come until its time is over; else one. @default false */
  readonly multipleUse?: boolean;
}

/** The id of a task, or of several. */
type Tasks = string | readonly string[];

const createTriggerPublicToken = (
  task: Tasks,
  { multipleUse = false, ...options }: TriggerTokenOptions = {},
): Promise<string> => createPublicToken({ ...options, scopes: { trigger: { tasks: task } } }, !multipleUse);

const createBatchTriggerPublicToken = (
  task: Tasks,
  { multipleUse = false, ...options }: TriggerTokenOptions = {},
): Promise<string> =>
  createPublicToken({ ...options, scopes: { batchTrigger: { tasks: task } } }, !multipleUse);

const withAuth: <R>(config: Configuration, fn: () => Promise<R>) => Promise<R> = durable(
  "auth.withAuth",
  [],
  async <R>(config: Configuration, fn: () => Promise<R>): Promise<R> => calledWith(config, fn),
);

/** Calls with a token in the place of the key. */
const withToken = async (token: Promise<string>, fn: () => Promise<void>): Promise<void> =>
  withAuth({ accessToken: await token }, fn);

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
   * A token for a browser: it lets do what its scopes name, until its time is over; 15 minutes by default. Signed with the key;
   * where there is another way to the project, as in a task in AWS, the server signs it.
   * @throws HoldfastError HF505 without a key, HF519 for scopes or a time that are not valid
   */
  createPublicToken: (options: PublicTokenOptions): Promise<string> => createPublicToken(options),
  /** A token that starts a run of one task or of one of several: one run, unless `multipleUse`. @throws as `createPublicToken` */
  createTriggerPublicToken,
  /** A token that starts a batch of runs of one task or several: one batch, unless `multipleUse`. @throws as `createPublicToken` */
  createBatchTriggerPublicToken,
  /**
   * Calls the function; what it asks of the server it asks with this configuration, to its end, and nobody else does. What the
   * configuration leaves out stays as it is. In a run these calls are checkpoints, and start no child; waits for a child or a
   * token are refused in it, and what else is the run's own (other waits, metadata, streams, tags) stays so.
   * @throws HoldfastError HF506 in a browser, and in a run for what waits, HF514
   */
  withAuth,
  /** The same with a token for browsers that is made for it. @throws as `withAuth` and `createPublicToken` */
  withPublicToken: (options: PublicTokenOptions, fn: () => Promise<void>): Promise<void> =>
    withToken(createPublicToken(options), fn),
  /** The same with a token that starts runs. @throws as `withPublicToken` */
  withTriggerPublicToken: (
    task: Tasks,
    options: TriggerTokenOptions | undefined,
    fn: () => Promise<void>,
  ): Promise<void> => withToken(createTriggerPublicToken(task, options), fn),
  /** The same with a token that starts batches. @throws as `withPublicToken` */
  withBatchTriggerPublicToken: (
    task: Tasks,
    options: TriggerTokenOptions | undefined,
    fn: () => Promise<void>,
  ): Promise<void> => withToken(createBatchTriggerPublicToken(task, options), fn),
  /** Not supported. @throws HoldfastError HF506 */
  getOIDCToken: unsupported("auth.getOIDCToken", "Give the function's role what it needs."),
};
