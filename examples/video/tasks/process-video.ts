import { logger, task } from "@trigger.dev/sdk/v3";
import { download } from "../download.ts";
import { transcode } from "../transcode.ts";
import { upload } from "../upload.ts";

export const processVideo = task({
  id: "process-video",
  retry: { maxAttempts: 3, minTimeoutInMs: 500, maxTimeoutInMs: 5_000 },
  maxDuration: 600,
  run: async ({ name, url }: { name: string; url: string }) => {
    const original = await download(name, url);
    logger.info("downloaded", { original });
    const small = await transcode(original);
    const stored = await upload(name, small);
    return { name, stored };
  },
});
