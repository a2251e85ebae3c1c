import { task } from "holdfast";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "");

export const withRedis = task({
  id: "ioredis",
  run: async () => {
    await redis.set("greeting", "hello");
    const first = await redis.hincrby("effects", "first", 1);
    const results = await redis.multi().hincrby("effects", "second", 1).get("greeting").exec();
    const length = await redis.pipeline().rpush("list", "a").hincrby("effects", "third", 1).exec();
    return [first > 0, results?.[1]?.[1], length?.length, await redis.get("greeting")];
  },
});

export const withOwnClient = task({
  id: "ioredis, a client of the run's",
  run: async () => {
    const client = new Redis(process.env.REDIS_URL ?? "", { lazyConnect: true });
    await client.connect();
    await client.hincrby("effects", "first", 1);
    await client.hincrby("effects", "second", 1);
    await client.quit();
    return "done";
  },
});
