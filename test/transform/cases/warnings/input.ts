import { existsSync } from "node:fs";
import * as os from "os";
import { idempotencyKey, step } from "holdfast";
let cache: string | undefined;
export async function run(items: string[]) {
  items.forEach(async (item) => {
    await send(item);
  });
  if (existsSync("/data/x") || os.freemem() > 1e9) cache = "x";
  const started = process.hrtime.bigint();
  const key = idempotencyKey();
  await step("pay", async () => charge(idempotencyKey()));
  await step("pay", async () => {
    const own = idempotencyKey();
    await charge(own);
  });
  return [started, key, cache];
}
