import { readFile } from "node:fs/promises";
import { idempotencyKey } from "holdfast";

const storage = process.env.STORAGE_URL ?? "http://127.0.0.1:4005";

/** Puts the file into the storage; gives its address there. */
export async function upload(name: string, file: string): Promise<string> {
  const response = await fetch(`${storage}/videos/${encodeURIComponent(name)}`, {
    method: "PUT",
    headers: { "content-type": "video/mp4", "idempotency-key": idempotencyKey() },
    body: await readFile(file),
  });
  if (!response.ok) throw new Error(`The storage answered ${response.status}.`);
  const { url } = (await response.json()) as { url: string };
  return url;
}
