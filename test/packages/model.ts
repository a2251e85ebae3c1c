/**
 * A language model that speaks OpenAI's chat protocol: it repeats what it is asked, in one piece or in a stream of events,
 * and calls the tool that it is given.
 */
import type { Route } from "./shop.ts";

interface Asked {
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const base = { id: "chat-1", created: 1_700_000_000, model: "stub" };

/** What a message says, in either of its forms. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map(({ text }: { text?: string }) => text ?? "").join("") : "";
}

function chunks(text: string): string[] {
  const parts = [...text].map((letter) => ({
    delta: { role: "assistant", content: letter },
    finish_reason: null,
  }));
  const choices = [...parts, { delta: {}, finish_reason: "stop" }];
  const events = choices.map((choice) => ({
    ...base,
    object: "chat.completion.chunk",
    choices: [{ index: 0, ...choice }],
  }));
  const last = { ...base, object: "chat.completion.chunk", choices: [], usage };
  return [...events, last].map((event) => `data: ${JSON.stringify(event)}\n\n`).concat("data: [DONE]\n\n");
}

const completion = (message: object, finish: string): string =>
  JSON.stringify({
    ...base,
    object: "chat.completion",
    usage,
    choices: [{ index: 0, message, finish_reason: finish }],
  });

const chat: Route = (_, body, shop) => {
  const { stream = false, messages, tools = [] } = JSON.parse(body) as Asked;
  const answered = messages.filter(({ role }) => role === "tool");
  const asked = textOf(messages.findLast(({ role }) => role === "user")?.content);
  const label = answered.length === 0 ? asked : `${asked}-${answered.length}`;
  shop.happens(label);
  const [tool] = tools;
  if (tool !== undefined && answered.length < 2) {
    const location = ["rome", "oslo"][answered.length] ?? "";
    const call = { name: tool.function.name, arguments: JSON.stringify({ location }) };
    const calls = [{ id: `call-${answered.length}`, type: "function", function: call }];
    return { body: completion({ role: "assistant", content: null, tool_calls: calls }, "tool_calls") };
  }
  const said = `rcpt:${label}`;
  if (stream) return { headers: { "content-type": "text/event-stream" }, body: chunks(said) };
  return { body: completion({ role: "assistant", content: said }, "stop") };
};

/** The model's routes for a `Shop`. */
export const modelRoutes: Readonly<Record<string, Route>> = { v1: chat };
