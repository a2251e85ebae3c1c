/**
 * What Trigger.dev exports and Holdfast does not do: there, so that files load, and refused where it is used.
 */
import { HoldfastError } from "../engine/errors.ts";

/** A function, and whatever is read from it, that is refused when it is called. */
export type Unsupported = ((...args: never[]) => never) & { readonly [name: string]: Unsupported };

/** @throws HoldfastError HF506 when it, or anything in it, is called or constructed */
export function unsupported(path: string, instead: string): Unsupported {
  const refuse = (): never => {
    throw new HoldfastError("HF506", `${path}() is not supported by Holdfast.`, instead);
  };
  return new Proxy(refuse, {
    get: (target, name) =>
      typeof name === "symbol" ? Reflect.get(target, name) : unsupported(`${path}.${name}`, instead),
    construct: refuse,
  }) as unknown as Unsupported;
}

const noAgents = "Call the model in a task: each await of its loop is a checkpoint.";
const noDeploys = "Versions are made by `holdfast deploy`, and by each build of `holdfast dev`.";
const noLimits = "Give the task a queue with a concurrencyLimit.";
const noStreams = "Keep the parts with metadata.append(), and read them with runs.retrieve().";
const noHooks = "Every task has a webhook of its own, POST /hooks/<id>, with webhookSecret.";

/** @throws HoldfastError HF506 */
export const toolTask = unsupported("toolTask", noAgents);
/** @throws HoldfastError HF506 */
export const sessions = unsupported("sessions", noAgents);
/** @throws HoldfastError HF506 */
export const prompts = unsupported("prompts", noAgents);
/** @throws HoldfastError HF506 */
export const skills = unsupported("skills", noAgents);
/** @throws HoldfastError HF506 */
export const chat = unsupported("chat", noAgents);
/** @throws HoldfastError HF506 */
export const query = unsupported("query", "List runs with runs.list().");
/** @throws HoldfastError HF506 */
export const deployments = unsupported("deployments", noDeploys);
/** @throws HoldfastError HF506 */
export const envvars = unsupported("envvars", "Set the project's secrets with `holdfast secrets set`.");
/** @throws HoldfastError HF506 */
export const concurrencyLimit = unsupported("concurrencyLimit", noLimits);
/** @throws HoldfastError HF506 */
export const concurrencyLimits = unsupported("concurrencyLimits", noLimits);
/** @throws HoldfastError HF506 */
export const streams = unsupported("streams", noStreams);
/** @throws HoldfastError HF506 */
export const webhook = unsupported("webhook", noHooks);
/** @throws HoldfastError HF506 */
export const webhooks = unsupported("webhooks", noHooks);
/** @throws HoldfastError HF506 */
export const webhookSources = unsupported("webhookSources", noHooks);
/** @throws HoldfastError HF506 */
export const otel = unsupported(
  "otel",
  "Traces go to OTEL_EXPORTER_OTLP_ENDPOINT, with a span for each checkpoint.",
);
/** Never thrown: a batch begins as a whole, or is refused with an `ApiError`. */
export const BatchTriggerError = unsupported("BatchTriggerError", "Catch ApiError.");
/** Never thrown. */
export const OIDCTokenError = unsupported("OIDCTokenError", "Give the function's role what it needs.");
/** @throws HoldfastError HF506 */
export const InMemoryCache = unsupported("InMemoryCache", "An await is a cache of its own: it is recorded.");
/** @throws HoldfastError HF506 */
export const createCache = unsupported("createCache", "An await is a cache of its own: it is recorded.");

/** @throws HoldfastError HF506 */
export const TriggerClient = unsupported("TriggerClient", "Call configure(), and use tasks and runs.");
