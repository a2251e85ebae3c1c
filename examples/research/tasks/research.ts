import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { task } from "@trigger.dev/sdk/v3";
import { generateText, type ModelMessage } from "ai";
import { step } from "holdfast";
import { lookUp, tools } from "../tools.ts";

const provider = createOpenAICompatible({
  name: "models",
  baseURL: process.env.MODELS_URL ?? "http://127.0.0.1:4007/v1",
  apiKey: process.env.MODELS_KEY ?? "none",
});

const longestLoop = 10;

/** One call of the model, as plain data: the AI SDK's result computes its parts when they are read, which is no record. */
function ask(messages: readonly ModelMessage[]) {
  return step("ask the model", async () => {
    const { response, text, toolCalls } = await generateText({
      model: provider("researcher-1"),
      system: "Answer from the encyclopedia. Look things up before you answer.",
      messages: [...messages],
      tools,
      maxRetries: 0,
    });
    return { said: response.messages, text, lookUps: toolCalls };
  });
}

export const research = task({
  id: "research",
  retry: { maxAttempts: 3, minTimeoutInMs: 500 },
  run: async ({ question }: { question: string }) => {
    const messages: ModelMessage[] = [{ role: "user", content: question }];
    for (let call = 1; call <= longestLoop; call++) {
      const { said, text, lookUps } = await ask(messages);
      messages.push(...said);
      if (lookUps.length === 0) return { answer: text, calls: call };

      for (const { toolCallId, toolName, input } of lookUps) {
        const article = await lookUp((input as { title: string }).title);
        const output = { type: "text" as const, value: article };
        messages.push({ role: "tool", content: [{ type: "tool-result", toolCallId, toolName, output }] });
      }
    }
    throw new Error(`There is no answer after ${longestLoop} calls of the model.`);
  },
});
