/**
 * What Trigger.dev exports and Holdfast does not do: there, so that files load, and refused where it is used.
 */
import { HoldfastError } from "../engine/errors.ts";

/** A function, and whatever is read from it, that is refused when it is called. */
export type Unsupported = ((...args: never[]) => never) & { readonly [name: string]: Unsupported };

/**
 * `defines`: names of functions in it that stand at the top of files; what they give is refused when it is used.
 * @throws HoldfastError HF506 when it, or anything in it, is called or constructed
 */
export function unsupported(path: string, instead: string, defines: readonly string[] = []): Unsupported {
  const refuse = (): never => {
    throw new HoldfastError("HF506", `${path}() is not supported by Holdfast.`, instead);
  };
  return new Proxy(refuse, {
    get: (target, name) =>
      typeof name === "symbol"
        ? Reflect.get(target, name)
        : defines.includes(name)
          ? () => unsupported(`${path}.${name}()`, instead)
          : unsupported(`${path}.${name}`, instead),
    construct: refuse,
  }) as unknown as Unsupported;
}

const noAgents = "Call the model in a task: each await of its loop is a checkpoint.";

/** @throws HoldfastError HF506 */
export const toolTask = /* @__PURE__ */ unsupported("toolTask", noAgents);
/** @throws HoldfastError HF506 */
export const sessions = /* @__PURE__ */ unsupported("sessions", noAgents);
/** @throws HoldfastError HF506 */
export const prompts = /* @__PURE__ */ unsupported("prompts", noAgents, ["define"]);
/** @throws HoldfastError HF506 */
export const skills = /* @__PURE__ */ unsupported("skills", noAgents, ["define"]);
/** Its agents stand at the top of files, beside tasks that do without. @throws HoldfastError HF506 */
export const chat = /* @__PURE__ */ unsupported("chat", noAgents, ["agent", "customAgent", "task"]);
/** Its tools stand at the top of files. @throws HoldfastError HF506 */
export const ai = /* @__PURE__ */ unsupported(
  "ai",
  "A task is a tool all the same: execute: async (input) => lookup.triggerAndWait(input).unwrap().",
  ["tool", "toolExecute"],
);
/** @throws HoldfastError HF506 */
export const AgentChat = /* @__PURE__ */ unsupported("AgentChat", noAgents);
/** @throws HoldfastError HF506 */
export const ChatStream = /* @__PURE__ */ unsupported("ChatStream", noAgents);
/** @throws HoldfastError HF506 */
export const TriggerChatTransport = /* @__PURE__ */ unsupported("TriggerChatTransport", noAgents);
/** @throws HoldfastError HF506 */
export const createChatTransport = /* @__PURE__ */ unsupported("createChatTransport", noAgents);
/** @throws HoldfastError HF506 */
export const awsCredentialProvider = /* @__PURE__ */ unsupported(
  "awsCredentialProvider",
  "In AWS a task has the function's role; elsewhere the SDK's own providers find what there is.",
);
/** @throws HoldfastError HF506 */
export const chatEvent = /* @__PURE__ */ unsupported("chatEvent", noAgents);
/** Asked of errors that were caught: none of them is one. */
export const isChatChunkTooLargeError = (_error: unknown): boolean => false;
/** Never thrown. */
export const ChatChunkTooLargeError = /* @__PURE__ */ unsupported("ChatChunkTooLargeError", noAgents);
/** @throws HoldfastError HF506 */
export const defineWebhookEndpoint = /* @__PURE__ */ unsupported(
  "defineWebhookEndpoint",
  "Write webhooks.endpoint.define({ id, source }): the build reads it.",
);
const codes =
  "Errors of waiters are a HoldfastError with a code, and a NotFoundError for an endpoint that there is not.";
/** Never thrown. */
export const WebhookEndpointNotFoundError = /* @__PURE__ */ unsupported(
  "WebhookEndpointNotFoundError",
  codes,
);
/** Never thrown. */
export const WebhookFilterError = /* @__PURE__ */ unsupported("WebhookFilterError", codes);
/** Never thrown. */
export const WebhookIndexingError = /* @__PURE__ */ unsupported("WebhookIndexingError", codes);
/** Never thrown. */
export const WebhookWaiterLimitError = /* @__PURE__ */ unsupported("WebhookWaiterLimitError", codes);
/** Made by nobody. */
export const SessionHandle = /* @__PURE__ */ unsupported("SessionHandle", noAgents);
/** Made by nobody. */
export const SessionInputChannel = /* @__PURE__ */ unsupported("SessionInputChannel", noAgents);
/** Made by nobody. */
export const SessionOutputChannel = /* @__PURE__ */ unsupported("SessionOutputChannel", noAgents);
/** @throws HoldfastError HF506 */
export const query = /* @__PURE__ */ unsupported("query", "List runs with runs.list().");
/** Never thrown. */
export const OIDCTokenError = /* @__PURE__ */ unsupported(
  "OIDCTokenError",
  "Give the function's role what it needs.",
);
