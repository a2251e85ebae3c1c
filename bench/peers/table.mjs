/** The figures as one table for docs/performance.md: a row for each workload, a column for each peer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { footprint } from "./footprint.mjs";
import { quantile } from "./measuring.mjs";

const figures = [
  ["W1 p50", "W1 a run of one step, p50 (ms)"],
  ["W1 p95", "the same, p95 (ms)"],
  ["W1t", "W1t 1,000 of them at once (runs/s)"],
  ["W2", "W2 a run of ten steps, p50 (ms)"],
  ["W3", "W3 a run of 1,000 steps (s)"],
  ["W3 of 100", "of 100 (ms)"],
  ["W3 of 10,000", "of 10,000 (s)"],
  ["W4", "W4 worker killed → next step, 1,000 steps done (ms)"],
  ["W5", "W5 a parent and 100 children (ms)"],
  ["W6 p50", "W6 1,000 sleepers of 1 s: late, p50 (ms)"],
  ["W6 p95", "the same, p95 (ms)"],
  ["W7 first run", "W7 start → first run done (ms)"],
  ["W7 idle MB", "memory behind it, servers included (MB)"],
];

/** By peer: the packages that it is, the first for its version. Holdfast is the root's. */
const packages = {
  restate: ["@restatedev/restate-server", "@restatedev/restate-sdk", "@restatedev/restate-sdk-clients"],
  dbos: ["@dbos-inc/dbos-sdk"],
  openworkflow: ["openworkflow"],
  "aws-durable": ["@aws/durable-execution-sdk-js", "@aws/durable-execution-sdk-js-testing"],
  bullmq: ["bullmq", "ioredis"],
};
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const foldersOf = (peer) => packages[peer]?.map((name) => here(`node_modules/${name}`)) ?? [root];

const titleOf = (peer) => `${peer} ${manifestOf(foldersOf(peer)[0]).version}`;

const shown = (value) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(2)).toString();

/** What its packages bring to the disk. Databases that it needs beside them are not counted. */
function installed(peer) {
  const all = foldersOf(peer).map((folder) =>
    footprint(folder, folder === root ? manifestOf(root).files : undefined),
  );
  const sum = (of) => all.reduce((total, each) => total + of(each), 0);
  return `${shown(sum(({ bytes }) => bytes) / 2 ** 20)} (${sum((each) => each.packages)})`;
}

/** Median [least–most] of the repetitions. */
function cellOf(rows, peer, figure) {
  const numbers = rows
    .filter((row) => row.peer === peer && row.figure === figure && row.value !== undefined)
    .map(({ value }) => value);
  if (numbers.length === 0) return "–";
  return `${shown(quantile(numbers, 0.5))} [${shown(Math.min(...numbers))}–${shown(Math.max(...numbers))}]`;
}

/** The table, and what each peer's settings promise. */
export async function tableOf(peers, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const settings = await Promise.all(
    peers.map(async (peer) => `- ${peer}: ${(await import(`./${peer}/peer.mjs`)).durability}.`),
  );
  return [
    line(["", ...peers.map(titleOf)]),
    line(["---", ...peers.map(() => "---:")]),
    ...figures.map(([figure, name]) => line([name, ...peers.map((peer) => cellOf(rows, peer, figure))])),
    line(["installed (MB, packages)", ...peers.map(installed)]),
    "",
    "What is on the disk when a step's result is given to the program:",
    "",
    ...settings,
  ].join("\n");
}
