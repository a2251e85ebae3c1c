import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { step, task } from "holdfast";
import OpenAI from "openai";

const url = process.env.STUB_URL;

export const withOpenAi = task({
  id: "openai",
  run: async () => {
    const client = new OpenAI({ apiKey: "test", baseURL: `${url}/v1` });
    const messages = [{ role: "user", content: "first" }] as const;
    const completion = await client.chat.completions.create({ model: "stub", messages: [...messages] });
    const said = completion.choices[0]?.message.content;
    const streamed = await step("second", async () => {
      let text = "";
      const messages = [{ role: "user" as const, content: "second" }];
      const stream = await client.chat.completions.create({ model: "stub", messages, stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      return text;
    });
    return [said, streamed];
  },
});

const model = createOpenAICompatible({ name: "stub", baseURL: `${url}/v1`, apiKey: "test" })("stub");

export const withAi = task({
  id: "ai",
  run: async () => {
    const { text, usage } = await generateText({ model, prompt: "first" });
    const streamed = await step("second", () => streamText({ model, prompt: "second" }).text);
    return [text, usage.totalTokens, streamed];
  },
});

export const withTools = task({
  id: "ai with tools",
  run: async () => {
    const weather = tool({
      description: "Get the weather in a location",
      inputSchema: jsonSchema<{ location: string }>({
        type: "object",
        properties: { location: { type: "string" } },
      }),
      execute: async ({ location }) => {
        const response = await fetch(`${url}/orders/${location}`, { method: "POST" });
        return (await response.json()).receipt;
      },
    });
    const { text, steps } = await generateText({
      model,
      prompt: "tools",
      tools: { weather },
      stopWhen: stepCountIs(5),
    });
    return [text, steps.length];
  },
});
