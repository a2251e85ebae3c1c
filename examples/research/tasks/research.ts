import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { task } from "@trigger.dev/sdk/v3";
import { generateText, type ModelMessage } from "ai";
import { lookUp, tools } from "../tools.ts";

const provider = createOpenAICompatible({
  name: "models",
  baseURL: process.env.MODELS_URL ?? "http://127.0.0.1:4007/v1",
  apiKey: process.env.MODELS_KEY ?? "none",
});

const longestLoop = 10;

export const research = task({
  id: "research",
  retry: { maxAttempts: 3, minTimeoutInMs: 500 },
  run: async ({ question }: { question: string }) => {
    const messages: ModelMessage[] = [{ role: "user", content: question }];
    for (let call = 1; call <= longestLoop; call++) {
      const result = await generateText({
        model: provider("researcher-1"),
        system: "Answer from the encyclopedia. Look things up before you answer.",
        messages,
        tools,
        maxRetries: 0,
      });
      messages.push(...result.response.messages);
      if (result.toolCalls.length === 0) return { answer: result.text, calls: call };

      for (const { toolCallId, toolName, input } of result.toolCalls) {
        const article = await lookUp((input as { title: string }).title);
        const output = { type: "text" as const, value: article };
        messages.push({ role: "tool", content: [{ type: "tool-result", toolCallId, toolName, output }] });
      }
    }
    throw new Error(`There is no answer after ${longestLoop} calls of the model.`);
  },
});
