/** The figures as one table for docs/performance.md: a row for each workload, a column for each peer. */
import { quantile } from "./measuring.mjs";

const figures = [
  ["W1 p50", "a run of one step, p50", "ms"],
  ["W1 p95", "the same, p95", "ms"],
  ["W1t", "1,000 of them at once", "runs/s"],
  ["W2", "a run of ten steps, p50", "ms"],
  ["W3", "a run of 1,000 steps", "s"],
  ["W3 of 100", "of 100", "ms"],
  ["W3 of 10,000", "of 10,000", "s"],
  ["W4", "worker killed → next step, 1,000 steps done", "ms"],
  ["W5", "a parent and 100 children", "ms"],
  ["W6 p50", "1,000 sleepers of 1 s: late, p50", "ms"],
  ["W6 p95", "the same, p95", "ms"],
  ["W7 first run", "start → first run done", "ms"],
  ["W7 idle MB", "memory behind it", "MB"],
];

/** By peer: the package that it is, for its version. */
const packages = {
  restate: "@restatedev/restate-server",
  dbos: "@dbos-inc/dbos-sdk",
  openworkflow: "openworkflow",
  "aws-durable": "@aws/durable-execution-sdk-js",
  bullmq: "bullmq",
};

const shown = (value) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(2)).toString();

function cellOf(rows, peer, figure) {
  const values = rows.filter((row) => row.peer === peer && row.figure === figure && row.value !== undefined);
  if (values.length === 0) return "–";
  const numbers = values.map(({ value }) => value);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return `${shown(quantile(numbers, 0.5))} [${shown(least)}–${shown(most)}]`;
}

/** Median [least–most] of the repetitions. */
export async function tableOf(peers, rows, versionOf) {
  const head = peers.map((peer) =>
    packages[peer] === undefined ? peer : `${peer} ${versionOf(packages[peer])}`,
  );
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const settings = await Promise.all(
    peers.map(async (peer) => `- ${peer}: ${(await import(`./${peer}/peer.mjs`)).durability}`),
  );
  return [
    line(["", ...head]),
    line(["---", ...head.map(() => "---:")]),
    ...figures.map(([figure, name, unit]) =>
      line([`${name} (${unit})`, ...peers.map((peer) => cellOf(rows, peer, figure))]),
    ),
    "",
    "What survives a crash of the machine:",
    "",
    ...settings,
  ].join("\n");
}
