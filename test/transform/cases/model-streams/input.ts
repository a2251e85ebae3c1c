import { streamText } from "ai";
import { step } from "holdfast";
const outside = streamText({ prompt: "outside of functions" });
export async function run(prompt: string, chunk: Uint8Array) {
  const { textStream } = streamText({ prompt });
  const one = client().messages.stream({ prompt });
  for await (const part of await openai.chat.completions.create({ prompt, stream: true })) await send(part);
  const whole = await step("write", async () => streamText({ prompt }).text);
  const plain = await openai.chat.completions.create({ prompt, stream: false });
  const text = new TextDecoder().decode(chunk, { stream: true });
  return [textStream, one, whole, plain, text, file.stream(), outside];
}
