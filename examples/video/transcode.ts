import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG ?? "ffmpeg";

/** Makes the video 480 lines high; gives the path of the new file. */
export async function transcode(original: string): Promise<string> {
  const small = join(dirname(original), "480p.mp4");
  await run(ffmpeg, ["-y", "-i", original, "-vf", "scale=-2:480", small]);
  return small;
}
