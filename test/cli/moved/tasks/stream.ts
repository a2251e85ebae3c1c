import { metadata, streams, task } from "@trigger.dev/sdk";
export const texts = streams.define<string>({ id: "texts" });
export const streamer = task({
  id: "streamer",
  run: async (payload: { words: string[] }) => {
    async function* gen() {
      for (const w of payload.words) yield w;
    }
    const { waitUntilComplete } = texts.pipe(gen());
    await waitUntilComplete();
    metadata.root.set("done", true);
    return payload.words.length;
  },
});
