/**
 * What a trigger is told of the request that it makes: Trigger.dev's last argument.
 *
 * Invariant: what is not known, or has no effect where the call is made, is refused before anything is started.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Configuration } from "./config.ts";
import type { PublicTokenOptions } from "./public-token.ts";

/** How a trigger's request is made. */
export interface RequestOptions {
  /** Another server or key, for this call alone. What it leaves out stays as it is. */
  readonly clientConfig?: Configuration;
  /** How long the handle's `publicAccessToken` is good; an hour by default. Outside of runs only: handles have none within. */
  readonly publicAccessToken?: Pick<PublicTokenOptions, "expirationTime">;
}

const known: readonly string[] = ["clientConfig", "publicAccessToken"];

/** The options. @throws HoldfastError HF506 for one that there is not, HF510 for what is no object */
function requestOptions(given: unknown): RequestOptions {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object")
    throw new HoldfastError("HF510", `The options of the request are ${String(given)}.`, "Give an object.");
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown === undefined) return given;
  const fix = `Supported: ${known.join(", ")}.`;
  throw new HoldfastError("HF506", `The request option "${unknown[0]}" is not supported.`, fix);
}

/** Makes the call as the options say. @throws HoldfastError as `requestOptions`, HF514 */
export async function askedAs<R>(given: unknown, call: (options: RequestOptions) => Promise<R>): Promise<R> {
  const options = requestOptions(given);
  const { clientConfig } = options;
  if (clientConfig === undefined) return call(options);
  return (await import("./calls-apart.ts")).calledWith(clientConfig, () => call(options));
}

/**
 * Within a run: is the call one to another server? Then what it starts is no child.
 * @throws HoldfastError HF506 for what a call of a run cannot do
 */
export function goesElsewhere(given: unknown, waits: boolean): boolean {
  const { clientConfig, publicAccessToken } = requestOptions(given);
  const name =
    publicAccessToken !== undefined
      ? "publicAccessToken"
      : waits && clientConfig
        ? "clientConfig"
        : undefined;
  if (name === undefined) return clientConfig !== undefined;
  const fix =
    name === "clientConfig"
      ? "Trigger there without waiting, and await runs.poll() of a TriggerClient."
      : "Make a token with auth.createPublicToken().";
  throw new HoldfastError(
    "HF506",
    `The request option "${name}" is not supported in this call of a run.`,
    fix,
  );
}
