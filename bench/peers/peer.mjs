/** Runs all workloads once on one peer, in a process of its own: `node peer.mjs <name> <folder> [workload …]`. A line of JSON for each figure. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { megabytesOf } from "./measuring.mjs";
import { workloads } from "./workloads.mjs";

const [name, folder, ...only] = process.argv.slice(2);
const tell = (row) => process.stdout.write(`${JSON.stringify({ peer: name, ...row })}\n`);
mkdirSync(folder, { recursive: true });

const { open } = await import(`./${name}/peer.mjs`);
const from = performance.now();
const peer = await open(folder);
await peer.run("steps", { n: 1 });
tell({ figure: "W7 first run", value: performance.now() - from });
tell({ figure: "W7 idle MB", value: megabytesOf(peer.pids()) });
for (let i = 0; i < (peer.counts?.warm ?? 30); i++) await peer.run("steps", { n: 1 });
for (const [workload, measure] of Object.entries(workloads)) {
  if (only.length > 0 && !only.includes(workload)) continue;
  try {
    const figures = await measure(peer, join(folder));
    for (const [figure, value] of Object.entries(figures)) tell({ figure, value });
  } catch (error) {
    tell({ figure: workload, problem: String(error instanceof Error ? error.message : error).slice(0, 300) });
  }
}
await peer.close();
process.exit();
