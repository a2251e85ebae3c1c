/** Packages that speak to a service: Redis, S3, a language model; and one with compiled parts. */

import { request as ask } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, here, type Outside } from "./crashing.ts";
import { crashedEverywhere } from "./everywhere.ts";
import { modelRoutes } from "./model.ts";
import { hasRedis, type Server, startRedis } from "./servers.ts";
import { type Reply, Shop } from "./shop.ts";

/** What is used of `ioredis`, whose types are not in the default install. */
interface Client {
  flushall(): Promise<unknown>;
  hgetall(key: string): Promise<Record<string, string>>;
  disconnect(): void;
}

describe.skipIf(!hasRedis)("on Redis", () => {
  let server: Server;
  let client: Client;
  let file: string;
  beforeAll(async () => {
    server = await startRedis();
    const { Redis } = createRequire(join(here, "package.json"))("ioredis") as {
      Redis: new (url: string) => Client;
    };
    client = new Redis(server.url);
    file = await build("redis");
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  test.each(["ioredis", "ioredis, a client of the run's"])(
    "%s: a task that uses it, killed everywhere",
    async (name) => {
      const outside: Outside = {
        env: { REDIS_URL: server.url },
        begin: async () => void (await client.flushall()),
        effects: async () => {
          const counts = Object.entries(await client.hgetall("effects"));
          return Object.fromEntries(counts.map(([label, count]) => [label, Number(count)]));
        },
      };
      const { plain, findings } = await crashedEverywhere(file, outside, name);
      expect(findings).toEqual([]);
      expect(plain.effects).toMatchObject({ first: 1, second: 1 });
    },
  );
});

describe("on S3", () => {
  let bucket: FauxqsServer;
  let shop: Shop;
  beforeAll(async () => {
    bucket = await startFauxqs({ port: 0, logger: false, init: { buckets: ["files"] } });
    shop = await Shop.open({
      files: async (request, body, counted) => {
        if (request.method === "PUT") counted.happens((request.url ?? "").replace(/\?.*/, ""));
        return forward(bucket.port, request, body);
      },
    });
  });
  afterAll(async () => {
    await shop.close();
    await bucket.stop();
  });

  test("@aws-sdk/client-s3: a task that uses it, killed everywhere", async () => {
    const { plain, findings } = await crashedEverywhere(await build("s3"), shop, "@aws-sdk/client-s3");
    expect(findings).toEqual([]);
    expect(plain.effects).toEqual({ "/files/first.txt": 1, "/files/second.txt": 1 });
  });
});

/** Hands a request on. */
function forward(
  port: number,
  from: { method?: string; url?: string; headers: object },
  body: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = from;
    const out = ask({ port, method, path: url, headers: { ...headers } }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      const kept = Object.entries(answer.headers).filter(
        ([name]) => !/^(?:transfer-encoding|connection|keep-alive)$/.test(name),
      );
      resolve({
        status: answer.statusCode ?? 500,
        headers: Object.fromEntries(kept) as Record<string, string>,
        body: text,
      });
    });
    out.on("error", reject);
    out.end(body);
  });
}

describe("on a stub", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(modelRoutes);
  });
  afterAll(() => shop.close());

  test.each([
    ["openai", {}],
    ["ai", {}],
    // What the library itself asks of the model is asked again when its call was cut off.
    ["ai with tools", { again: /^tools/ }],
  ])("%s: a task that uses it, killed everywhere", async (name, options) => {
    const { plain, findings } = await crashedEverywhere(await build("ai"), shop, name, undefined, options);
    expect(findings).toEqual([]);
    expect(Object.values(plain.effects)).not.toContain(2);
  });

  test("sharp: a task that uses it, killed everywhere", async () => {
    const { plain, findings } = await crashedEverywhere(await build("native"), shop, "sharp");
    expect(findings).toEqual([]);
    expect(plain.output).toEqual([48, 8, 255, "rcpt:image", "rcpt:small"]);
  });
});
