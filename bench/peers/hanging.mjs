/** The last step of `hang`: notes that it was begun, and the first time never ends. */
import { appendFileSync, existsSync } from "node:fs";

export async function hangOnce(mark) {
  const isFirst = !existsSync(mark);
  appendFileSync(mark, `${Date.now()} ${process.pid}\n`);
  // A timer keeps a process that has nothing else to do.
  if (isFirst) await new Promise((resolve) => setTimeout(resolve, 1e9));
}
