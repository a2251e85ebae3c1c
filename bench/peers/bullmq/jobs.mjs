/** BullMQ has no durable steps: this is the pattern of its documentation for jobs of several steps, `updateData` behind each. */
import { DelayedError, Worker } from "bullmq";
import { hangOnce } from "../hanging.mjs";
import { stepResult } from "../measuring.mjs";

export const connection = { host: "127.0.0.1", port: 16_390, maxRetriesPerRequest: null };

async function stepByStep(job) {
  let { i = 0, last = null } = job.data;
  for (; i < job.data.n; ) {
    last = stepResult(i);
    i++;
    await job.updateData({ ...job.data, i, last });
  }
  return last;
}

const jobs = {
  steps: stepByStep,
  child: async (job) => stepResult(job.data.i),
  fanout: async (job) => Object.keys(await job.getChildrenValues()).length,
  async sleeper(job, token) {
    const { from, ms } = job.data;
    if (from !== undefined) return { late: Date.now() - from - ms };
    const now = Date.now();
    await job.updateData({ ...job.data, from: now });
    await job.moveToDelayed(now + ms, token);
    throw new DelayedError();
  },
  async hang(job) {
    await stepByStep(job);
    await hangOnce(job.data.mark);
    return 1;
  },
};

export const startWorker = () =>
  new Worker("bench", (job, token) => jobs[job.name](job, token), { connection, concurrency: 10 });
