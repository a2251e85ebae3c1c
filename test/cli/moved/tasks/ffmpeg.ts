import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { logger, task } from "@trigger.dev/sdk";

const exec = promisify(execFile);
export const transcode = task({
  id: "transcode",
  machine: { preset: "medium-1x" },
  run: async (payload: { text: string }) => {
    const tmp = os.tmpdir();
    const out = path.join(tmp, `out_${Date.now()}.txt`);
    await fs.writeFile(out, payload.text);
    const { stdout } = await exec("echo", ["hello"]);
    logger.log("made", { stdout });
    const back = await fs.readFile(out, "utf8");
    await fs.unlink(out);
    return { size: back.length };
  },
});
