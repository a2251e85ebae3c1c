/**
 * Which server callers talk to, and how: what `configure` was given, else the environment.
 *
 * Owns:      the only reading of the environment in sdk/.
 * Never:     fails for what is missing; a missing key is an error of the call that needs it (HF505).
 * Invariant: the environment is read at each call, so a `.env` file that is loaded late still counts.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Transport } from "./transport.ts";

/** What `configure` takes. `accessToken` is Trigger.dev's other name for `secretKey`. */
export interface Configuration {
  readonly secretKey?: string;
  readonly accessToken?: string;
  /** Where the server is; `http://localhost:7474` by default. */
  readonly baseURL?: string;
  /** Another way to the project than HTTP with a key, such as `awsTransport` of `holdfast/aws`; instead of the others. */
  readonly transport?: Transport;
}

/** Where calls go. */
export interface ClientConfig {
  readonly baseUrl: string;
  readonly secretKey: string | undefined;
  readonly transport?: Transport;
}

/** The address that `holdfast dev` listens on by default. */
export const defaultBaseUrl = "http://localhost:7474";

let configured: Configuration = {};
let own: Transport | undefined;

/**
 * Calls go this way unless `configure` names an address or a key: within the functions of a stack, where nobody has a key.
 * A key of the environment is another's there: that of the server that callers use.
 */
export function setOwnTransport(transport: Transport): void {
  own = transport;
}

/** What is used of Node's `AsyncLocalStorage`: callers check this package's types also without those of Node. */
interface CallStorage {
  getStore(): Configuration | undefined;
  run<R>(configuration: Configuration, call: () => R): R;
}

/** The configurations of calls that have their own: set with the first of them (`calls-apart.ts`). */
let apart: CallStorage | undefined;

/** Calls within this storage go by the configuration that they find there. */
export function setApart(storage: CallStorage): void {
  apart = storage;
}

/** Within such a call: makes others like it, also when it is over. Undefined elsewhere. */
export function callingApart(): (<R>(call: () => R) => R) | undefined {
  const storage = apart;
  const own = storage?.getStore();
  return storage && own && ((call) => storage.run(own, call));
}

/** What holds here and now. */
export const configurationNow = (): Configuration => apart?.getStore() ?? configured;

function transportNow(): Transport | undefined {
  const { transport, secretKey, baseURL } = configurationNow();
  return transport ?? (secretKey === undefined && baseURL === undefined ? own : undefined);
}

/**
 * Says which server to call and with which key; what it leaves out stays as it was. A `transport` stands for both, until
 * one of them is given.
 *
 * @throws HoldfastError HF506 for Trigger.dev's `previewBranch` and `requestOptions`, HF514 for a transport and an address or key at once
 * @example
 * ```ts
 * configure({ secretKey: settings.holdfastKey, baseURL: "https://tasks.example.com" });
 * ```
 */
export function configure(configuration: Configuration): void {
  configured = joined(configured, configuration);
}

/** What Trigger.dev's `configure` takes besides, and what there is instead. */
const notThere: Readonly<Record<string, string>> = {
  previewBranch:
    "There are no preview branches: deploy the branch as a stack of its own, and give its baseURL.",
  requestOptions: "Leave it out: a call that fails is tried up to four times.",
};

function checkKnown(configuration: object): void {
  for (const [name, fix] of Object.entries(notThere))
    if (Reflect.get(configuration, name))
      throw new HoldfastError("HF506", `configure was given "${name}", which is not supported.`, fix);
}

/** A configuration with what another one says. @throws HoldfastError HF506, HF514 */
export function joined(known: Configuration, configuration: Configuration): Configuration {
  checkKnown(configuration);
  const { secretKey, accessToken, baseURL, transport } = configuration;
  const key = secretKey ?? accessToken;
  const isHttp = key !== undefined || baseURL !== undefined;
  if (transport !== undefined && isHttp) {
    const fix = "Give the transport alone: it needs neither an address nor a key.";
    throw new HoldfastError("HF514", "configure was given a transport, and baseURL or secretKey.", fix);
  }
  const { transport: before, ...others } = known;
  const next = isHttp ? undefined : (transport ?? before);
  return {
    ...others,
    ...(next === undefined ? {} : { transport: next }),
    ...(key === undefined ? {} : { secretKey: key }),
    ...(baseURL === undefined ? {} : { baseURL }),
  };
}

/** Puts this configuration in the place of the one that holds; gives that one. */
export function swapConfiguration(next: Configuration): Configuration {
  const before = configured;
  configured = next;
  return before;
}

/** A variable of the environment. Browsers have no `process`, and some bundlers leave one without `env`. */
export function environment(name: string): string | undefined {
  const env: Record<string, string | undefined> | undefined = globalThis.process?.env;
  return env?.[name] || undefined;
}

/** The configuration that holds now: `configure`, then the way of this process, HOLDFAST_…, TRIGGER_…, the default address. */
export function clientConfig(): ClientConfig {
  const transport = transportNow();
  const { baseURL, secretKey } = configurationNow();
  return {
    baseUrl: baseURL ?? environment("HOLDFAST_API_URL") ?? environment("TRIGGER_API_URL") ?? defaultBaseUrl,
    secretKey: secretKey ?? environment("HOLDFAST_SECRET_KEY") ?? environment("TRIGGER_SECRET_KEY"),
    ...(transport === undefined ? {} : { transport }),
  };
}

/** What this copy of the tasks is called. */
export interface Deployment {
  /** The stage: the stack's name in AWS, `dev` or `prod` on one machine. */
  readonly stage: string;
  readonly project: string;
  /** Megabytes of the function in AWS that works on runs which ask for no machine; undefined on one machine, where each run gets what it asks for. */
  readonly memoryMb: number | undefined;
  /** Megabytes of all functions in AWS that work on runs, smallest first; undefined on one machine. */
  readonly sizes: readonly number[] | undefined;
}

/** HOLDFAST_STAGE, HOLDFAST_PROJECT and HOLDFAST_MEMORY_MB (`512`, or `512,4096`), which the stack sets, and `holdfast dev` the first. */
export function deployment(): Deployment {
  const sizes = environment("HOLDFAST_MEMORY_MB")?.split(",").map(Number);
  return {
    sizes,
    memoryMb: sizes?.[0],
    stage: environment("HOLDFAST_STAGE") ?? "prod",
    project: environment("HOLDFAST_PROJECT") ?? "holdfast",
  };
}
