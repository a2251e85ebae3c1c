// A bundle by hand: a host with the least engine that can show what runners and supervisor do.
// "dist:" stands for the compiled package and is replaced when the bundle is made.

import { decode, encode } from "dist:engine/codec.js";
import { announce, claim, finish, suspend, yieldPass } from "dist:engine/head-write.js";
import { textOf } from "dist:engine/new-run.js";
import { toText } from "dist:engine/record.js";
import { isFinished } from "dist:engine/run.js";
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export const hostVersion = 1;

const version = "VERSION";
const live = new Map();

const tasks = {
  /** Ends at once. */
  quick: async () => ({ version, pid: process.pid }),
  /** Records `count` steps, and writes each into `file` before it is recorded. */
  async steps(pass, { count, ms, file }) {
    const done = (await pass.entries()).length;
    for (let step = done + 1; step <= count; step += 1) {
      await sleep(ms);
      if (pass.signal.aborted) return pass.yield();
      appendFileSync(file, `${pass.run.id} ${step} ${process.pid}\n`);
      await pass.record(step);
    }
    return { count };
  },
  /** Waits for `ms` without a process. */
  async sleeps(pass, { ms }) {
    if ((await pass.entries()).length > 0) return { woken: true };
    await pass.record(1);
    return pass.suspend(ms);
  },
  /** Ends when it is rung while it is at work. */
  async listens(pass) {
    await new Promise((done) => live.set(pass.run.id, done));
    return { rung: true };
  },
  /** Keeps its process from doing anything else for `ms`. */
  async blocks(_pass, { ms, file }) {
    appendFileSync(file, `${process.pid}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return { blocked: true };
  },
  /** Sleeps within its process until `count` runs do. */
  async naps(pass, { count, file }) {
    appendFileSync(file, `${pass.run.id}\n`);
    pass.rests(true);
    while (readFileSync(file, "utf8").split("\n").length <= count) await sleep(20);
    pass.rests(false);
    return { slept: true };
  },
  /** Ends its process. */
  async exits(_pass, { file }) {
    appendFileSync(file, `${process.pid}\n`);
    await sleep(5);
    process.exit(7);
  },
  /** Starts a process of its own, and waits. */
  async spawns(_pass, { file }) {
    const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    appendFileSync(file, `${process.pid} ${child.pid}\n`);
    await sleep(600_000);
  },
};

export const describeTasks = () => Object.keys(tasks).map((id) => ({ id, file: "tasks.mjs" }));

export function wakePass(runId) {
  live.get(runId)?.();
  return live.has(runId);
}

export async function runPass(ports, { runId, owner, signal, rests }) {
  const { store, clock } = ports;
  const claimed = await store.write(runId, claim(owner, clock.now()));
  const { run } = claimed;
  if (run === undefined) return { outcome: "unknown", runId };
  if (!claimed.applied && isFinished(run.status)) {
    await store.write(runId, announce(clock.now()));
    return { outcome: "finished", runId };
  }
  if (!claimed.applied) return { outcome: "busy", runId };
  const lease = { runId, owner, epoch: run.epoch };
  const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };
  let outcome = "finished";
  const pass = {
    run,
    signal,
    rests,
    entries: async () => (await store.journal(runId, 0)).entries,
    async record(number) {
      const record = {
        kind: "result",
        key: `k${number}`,
        gen: 0,
        t: clock.now(),
        by: owner,
        epoch: run.epoch,
      };
      const data = toText({ ...record, ok: true, value: { inline: "null" }, sort: "unit" });
      const { outcome } = await store.append(lease, { number, epoch: run.epoch, data });
      if (outcome !== "appended") throw new Error(`${runId} ${number}: ${outcome}`);
    },
    async suspend(ms) {
      const waitingFor = { kind: "timer", count: 1 };
      await store.write(
        runId,
        suspend(lease, clock.now(), run.news, { ...counts, wakeAt: clock.now() + ms, waitingFor }),
      );
      outcome = "suspended";
    },
    async yield() {
      await store.write(runId, yieldPass(lease, clock.now(), counts));
      outcome = "yielded";
    },
  };
  const output = await tasks[run.task](pass, decode(await textOf(ports, run.payload)));
  live.delete(runId);
  if (outcome !== "finished") return { outcome, runId };
  const end = { ...counts, output: { inline: encode(output).text } };
  await store.write(runId, finish(lease, "completed", clock.now(), end, run.parent !== undefined));
  return { outcome, runId };
}
