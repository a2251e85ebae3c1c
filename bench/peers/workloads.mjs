/**
 * The workloads, written once. A peer gives `run(name, input)` (starts a run, waits for its result), perhaps `runAll` (its own way
 * to start many), and how its worker is killed and started again. Figures are what the caller sees.
 *
 * - `steps { n }`: n steps one after the other, each recorded; gives anything.
 * - `fanout { n }`: a parent that waits for n children of one step each; gives n.
 * - `sleeper { ms }`: a step, a durable wait, a step; gives `{ late }`, in ms.
 * - `hang { n, mark }`: n steps, then one that writes a line into the file `mark` and, the first time, never ends.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quantile, sleep, timed } from "./measuring.mjs";

const givenUpMs = 120_000;

async function latencies(peer, count, input) {
  const times = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => peer.run("steps", input)));
  return times;
}

const runMany = (peer, name, inputs) =>
  peer.runAll ? peer.runAll(name, inputs) : Promise.all(inputs.map((input) => peer.run(name, input)));

function expectEqual(found, wanted) {
  if (found !== wanted) throw new Error(`It gave ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}.`);
}

async function lines(file, count) {
  const giveUpAt = Date.now() + givenUpMs;
  for (;;) {
    const found = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    if (found.length >= count) return found;
    if (Date.now() > giveUpAt) throw new Error(`No line ${count} within ${givenUpMs / 1_000} s.`);
    await sleep(2);
  }
}

/** By name: runs it once, and gives its figures. `folder`: an empty one. */
export const workloads = {
  /** Runs of one step, one after the other. */
  async W1(peer) {
    const times = await latencies(peer, peer.counts?.W1 ?? 200, { n: 1 });
    return { "W1 p50": quantile(times, 0.5), "W1 p95": quantile(times, 0.95) };
  },
  /** 1,000 of them at once. */
  async W1t(peer) {
    const inputs = Array.from({ length: 1_000 }, () => ({ n: 1 }));
    const ms = await timed(async () =>
      expectEqual((await runMany(peer, "steps", inputs)).length, inputs.length),
    );
    return { W1t: inputs.length / (ms / 1_000) };
  },
  /** Runs of ten steps. */
  async W2(peer) {
    return { W2: quantile(await latencies(peer, peer.counts?.W2 ?? 60, { n: 10 }), 0.5) };
  },
  /** A run of 1,000 steps, and those that show whether a step costs the same in a longer one. */
  async W3(peer) {
    const of = (n) => timed(() => peer.run("steps", { n }));
    const figures = { W3: (await of(peer.counts?.W3 ?? 1_000)) / 1_000 };
    if (peer.counts?.W3 !== undefined) return figures;
    return { ...figures, "W3 of 100": await of(100), "W3 of 10,000": (await of(10_000)) / 1_000 };
  },
  /** A parent and a hundred children. */
  async W5(peer) {
    return { W5: await timed(async () => expectEqual(await peer.run("fanout", { n: 100 }), 100)) };
  },
  /** 1,000 sleepers of a second. */
  async W6(peer) {
    const results = await runMany(
      peer,
      "sleeper",
      Array.from({ length: 1_000 }, () => ({ ms: 1_000 })),
    );
    const late = results.map((each) => each.late);
    return { "W6 p50": quantile(late, 0.5), "W6 p95": quantile(late, 0.95) };
  },
  /** From the new start of a killed worker to the run's next step, with 1,000 steps done. */
  async W4(peer, folder) {
    if (peer.resume === undefined) return {};
    const mark = join(folder, "mark");
    await peer.resume.start({ n: peer.counts?.W4 ?? 1_000, mark });
    await lines(mark, 1);
    await peer.resume.kill();
    const from = Date.now();
    await peer.resume.restart();
    const [, second] = await lines(mark, 2);
    return { W4: Number(second.split(" ")[0]) - from };
  },
};
