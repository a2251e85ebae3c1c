import { metadata, streams, task } from "@trigger.dev/sdk";

export const messages = streams.input<{ text: string }>({ id: "messages" });
export const replies = streams.define<string>({ id: "replies" });

export const conversation = task({
  id: "conversation",
  run: async () => {
    let turns = 0;
    metadata.set("ready", true);
    for (;;) {
      const next = await messages.wait({ timeout: "1h", tags: ["conversation"] });
      if (!next.ok) break;
      turns++;
      await replies.append(next.output.text.toUpperCase());
      if (next.output.text === "bye") break;
    }
    return turns;
  },
});
