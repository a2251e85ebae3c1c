import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A folder of this video's own, on a disk that outlives the process. */
export async function folderOf(name: string): Promise<string> {
  const folder = join(process.env.VIDEO_FOLDER ?? "videos", name);
  await mkdir(folder, { recursive: true });
  return folder;
}
