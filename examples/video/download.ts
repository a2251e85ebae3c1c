import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOf } from "./folder.ts";

/** Fetches the video; gives the path of the file. */
export async function download(name: string, url: string): Promise<string> {
  const file = join(await folderOf(name), "original.mp4");
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The video could not be fetched: ${response.status}.`);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}
