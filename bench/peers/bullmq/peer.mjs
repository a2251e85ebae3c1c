/** BullMQ: a Redis that syncs each write, and a worker in a process of its own. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlowProducer, Queue, QueueEvents } from "bullmq";
import { killed, listening, printed } from "../measuring.mjs";
import { connection } from "./jobs.mjs";

export const durability = "Redis with `appendonly yes`, `appendfsync always`";

export async function open(folder) {
  const data = join(folder, "redis");
  mkdirSync(data, { recursive: true });
  const args = ["--port", String(connection.port), "--bind", connection.host, "--dir", data];
  const redis = spawn("redis-server", [...args, "--appendonly", "yes", "--appendfsync", "always"], {
    stdio: "ignore",
  });
  await listening(connection.port);
  let worker;
  const work = async () => {
    worker = spawn(process.execPath, [fileURLToPath(new URL("worker.mjs", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await printed(worker, "at work");
  };
  await work();
  const queue = new Queue("bench", { connection });
  const events = new QueueEvents("bench", { connection });
  const flows = new FlowProducer({ connection });
  for (const each of [queue, events]) each.setMaxListeners(0);
  await events.waitUntilReady();
  const parentOf = async (data) => {
    const children = Array.from({ length: data.n }, (_, i) => ({
      name: "child",
      queueName: "bench",
      data: { i },
    }));
    return (await flows.add({ name: "fanout", queueName: "bench", data, children })).job;
  };
  return {
    async run(name, input) {
      const job = await (name === "fanout" ? parentOf(input) : queue.add(name, input));
      return job.waitUntilFinished(events);
    },
    async runAll(name, inputs) {
      const jobs = await queue.addBulk(inputs.map((data) => ({ name, data })));
      return Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
    },
    pids: () => [redis.pid, worker.pid],
    resume: { start: (input) => queue.add("hang", input), kill: () => killed(worker), restart: work },
    close: () => Promise.all([killed(worker), killed(redis)]),
  };
}
