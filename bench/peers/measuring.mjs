/** What every peer's program needs to measure: time, quantiles, memory of a process tree, waiting for a port. */
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The value that a share `q` of all lies at or below. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** A step's result: about 100 bytes of JSON. */
export const stepResult = (i) => ({ i, v: "x".repeat(88) });

/** Resolves when something listens there. */
export async function listening(port) {
  for (;;) {
    const isUp = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isUp) return;
    await sleep(5);
  }
}

/** Resolves when a child has printed `text`. */
export const printed = (child, text) =>
  new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
      if (output.includes(text)) resolve(output);
    });
    child.once("exit", (code) => reject(new Error(`It ended with ${code}: ${output}`)));
  });

/** Kills a child, and resolves when it is gone. */
export async function killed(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Parents of all processes. */
function parents() {
  const known = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      known.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  return known;
}

/** Megabytes of these processes and all that they have started; pages that they share are counted once. */
export function megabytesOf(pids) {
  const parentOf = parents();
  const isOurs = (pid) => pid !== undefined && (pids.includes(pid) || isOurs(parentOf.get(pid)));
  let kilobytes = 0;
  for (const pid of parentOf.keys()) {
    if (!isOurs(pid)) continue;
    try {
      const [, size] = /Pss:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
      kilobytes += Number(size ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return kilobytes / 1024;
}
