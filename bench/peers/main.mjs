/**
 * `npm run bench:peers`: all peers by turns, each repetition in processes of its own, and one table. Arguments: `--only W1,W3`,
 * `--peers holdfast,dbos`, `--repetitions 3`, `--json`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tableOf } from "./table.mjs";

const all = ["holdfast", "restate", "dbos", "openworkflow", "aws-durable", "bullmq"];
const text = { type: "string" };
const { values: options } = parseArgs({
  options: { only: text, peers: text, repetitions: text, json: { type: "boolean" } },
});
const peers = options.peers?.split(",") ?? all;
const workloads = options.only?.split(",") ?? [];
const repetitions = Number(options.repetitions ?? 3);
const say = (line) => process.stderr.write(`${line}\n`);

const unknown = peers.find((peer) => !all.includes(peer));
if (unknown !== undefined) throw new Error(`There is no peer ${unknown}: there are ${all.join(", ")}.`);

/** Runs one peer once; its figures. One that fails says so, and the others go on. */
async function figuresOf(peer) {
  const folder = mkdtempSync(join(tmpdir(), `holdfast-peers-${peer}-`));
  const child = spawn(
    process.execPath,
    ["--no-deprecation", fileURLToPath(new URL("peer.mjs", import.meta.url)), peer, folder, ...workloads],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  for await (const data of child.stdout) output += data;
  rmSync(folder, { recursive: true, force: true });
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

const rows = [];
for (let repetition = 1; repetition <= repetitions; repetition++) {
  for (const peer of peers) {
    const from = Date.now();
    const figures = await figuresOf(peer);
    rows.push(...figures);
    const problems = figures
      .filter(({ problem }) => problem)
      .map(({ figure, problem }) => `${figure}: ${problem}`);
    say(
      `${repetition}/${repetitions} ${peer}: ${Math.round((Date.now() - from) / 1_000)} s ${problems.join("; ")}`,
    );
  }
}
const machine = `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, load ${loadavg()[0]?.toFixed(2)}; Node ${process.version}, ${process.platform}; ${new Date().toISOString().slice(0, 10)}`;
if (options.json) process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`);
else process.stdout.write(`${machine}\n\n${await tableOf(peers, rows)}\n`);
