import { logger, metadata, task } from "@trigger.dev/sdk";

type Message = { role: "user" | "assistant" | "tool"; content: string };
async function model(messages: Message[]): Promise<{ tool?: string; text?: string }> {
  await new Promise((r) => setTimeout(r, 5));
  return messages.length < 4 ? { tool: `search ${messages.length}` } : { text: "answer" };
}
const tools: Record<string, (arg: string) => Promise<string>> = { search: async (arg) => `found ${arg}` };
export const agent = task({
  id: "agent",
  maxDuration: 300,
  run: async ({ prompt }: { prompt: string }) => {
    const messages: Message[] = [{ role: "user", content: prompt }];
    for (let i = 0; i < 10; i++) {
      const reply = await logger.trace("generate", async (span) => {
        span.setAttribute("i", i);
        return model(messages);
      });
      if (reply.text) {
        metadata.set("rounds", i);
        return reply.text;
      }
      const [name = "", arg = ""] = (reply.tool ?? "").split(" ");
      messages.push({ role: "tool", content: (await tools[name]?.(arg)) ?? "no such tool" });
      metadata.set("messages", messages.length);
    }
    throw new Error("too many rounds");
  },
});
