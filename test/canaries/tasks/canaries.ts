/**
 * A task that takes each of its secrets through every way that a value can go: results, errors, logs, metadata, tags, keys,
 * children, large and binary values. It tells whether all of them came back whole, in the last of its passes.
 */
import { createHash } from "node:crypto";
import { idempotencyKey, logger, metadata, secret, step, task, tasks, wait } from "holdfast";

const count = 100;
const nameOf = (n: number): string => `CANARY_${String(n).padStart(3, "0")}`;
/** Read when the file is loaded. */
const atTop = process.env.CANARY_000 ?? "";
console.log(`loaded with ${atTop}`);

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Given {
  readonly key: string;
  readonly within: { readonly header: string };
  readonly seconds?: number;
}

export const canaryChild = task({
  id: "canary-child",
  run: async ({ key, within, seconds = 2 }: Given) => {
    await wait.for({ seconds });
    return { key, header: within.header };
  },
});

export const canaryLoser = task({
  id: "canary-loser",
  retry: { maxAttempts: 2, minTimeoutInMs: 10 },
  run: async (n: number): Promise<string> => {
    const value = secret(nameOf(n));
    await step("refused", { retry: { maxAttempts: 2, minTimeoutInMs: 10 } }, async () => {
      throw Object.assign(new Error(`401 for ${value}`), { url: `https://x.example?key=${value}` });
    });
    return "never";
  },
});

/** What a value is in the ways in which libraries give it back. */
async function results(value: string, isLarge: boolean) {
  const plain = await step("plain", async () => value);
  const longer = await step("longer", async () => ({
    header: `Bearer ${value}`,
    list: [value, value],
    n: 7,
  }));
  const text = await step("json", async () => JSON.stringify({ deep: JSON.stringify({ value }) }));
  const basic = await step("basic", async () => Buffer.from(`user:${value}`).toString("base64"));
  const bytes = await step("bytes", async () => new TextEncoder().encode(`a${value}`));
  const buffer = await step("buffer", async () => Buffer.from(`ab${value}`));
  const response = await step("response", async () => new Response(`key=${encodeURIComponent(value)}`));
  const map = await step("map", async () => new Map([[value, new Date(0)]]));
  const large = await step("large", async () => `${"x".repeat(isLarge ? 40_000 : 1)}${value}`);
  const error = await step("error", { retry: { maxAttempts: 1 } }, async () => {
    throw new Error(`no ${value}`, { cause: new Error(value) });
  }).catch((thrown: unknown) => thrown as Error);
  const body = await response.text();
  return [
    plain === value,
    longer.header === `Bearer ${value}` && longer.list.join() === `${value},${value}` && longer.n === 7,
    text === JSON.stringify({ deep: JSON.stringify({ value }) }),
    Buffer.from(basic, "base64").toString() === `user:${value}`,
    new TextDecoder().decode(bytes) === `a${value}`,
    buffer.toString() === `ab${value}`,
    body === `key=${encodeURIComponent(value)}`,
    map.has(value),
    large.endsWith(value),
    (error as Error).message === `no ${value}` && ((error as Error).cause as Error).message === value,
  ];
}

function talk(value: string): void {
  logger.info(`logged ${value}`, { value, basic: btoa(`u:${value}`) });
  console.warn("an object", { value });
  metadata.set("seen", value);
}

export const canaries = task({
  id: "canaries",
  run: async () => {
    const broken: string[] = [];
    for (let n = 0; n < count; n += 25) {
      const checks = await Promise.all(
        Array.from({ length: 25 }, async (_, i) => {
          const value = secret(nameOf(n + i));
          talk(value);
          const found = await results(value, i === 0);
          return found.flatMap((isWhole, way) => (isWhole ? [] : [`${nameOf(n + i)} in way ${way}`]));
        }),
      );
      broken.push(...checks.flat());
    }
    const first = secret(nameOf(1));
    const child = await canaryChild
      .triggerAndWait(
        { key: first, within: { header: `Basic ${btoa(`me:${first}`)}` } },
        { tags: [`of-${first}`] },
      )
      .unwrap();
    if (child.key !== first || atob(child.header.slice(6)) !== `me:${first}`)
      broken.push("the child's value");
    await tasks.trigger<typeof canaryChild>(
      "canary-child",
      { key: secret(nameOf(2)), within: { header: secret(nameOf(3)) } },
      {
        idempotencyKey: `key ${secret(nameOf(4))}`,
        concurrencyKey: secret(nameOf(5)),
        metadata: { of: secret(nameOf(6)) },
      },
    );
    const lost = await tasks.trigger<typeof canaryLoser>("canary-loser", 7);
    await step("keyed", async () => fetch(`data:,${idempotencyKey()}`).then((r) => r.text()));
    return { broken, lost: lost.id, output: secret(nameOf(8)), top: hashOf(atTop) };
  },
});
