/** An HTTP server that writes down every effect it is told, in order, and judges the list. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "../world/world.ts";

/** One line of the ledger. */
export interface Line {
  readonly run: string;
  readonly effect: number;
  readonly key: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The ledger, running. */
export interface Ledger {
  readonly url: string;
  readonly lines: readonly Line[];
  /** Resolves when so many lines are there; rejects when none has come for a minute. */
  reached(count: number): Promise<void>;
  close(): Promise<void>;
}

const silenceMs = 60_000;

/** Starts a ledger. */
export async function startLedger(): Promise<Ledger> {
  const lines: Line[] = [];
  const server = createServer((request, response) => {
    const [, run = "", effect = ""] = (request.url ?? "").split("/");
    lines.push({
      run,
      effect: Number(effect),
      key: String(request.headers["idempotency-key"]),
      at: Date.now(),
    });
    response.writeHead(204).end();
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    reached: async (count) => {
      for (let since = Date.now(), before = lines.length; lines.length < count; before = lines.length) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (lines.length > before) since = Date.now();
        if (Date.now() - since > silenceMs) throw new Error(`No effect has come for ${silenceMs} ms.`);
      }
    },
    close: () => close(server),
  };
}

/** A kill: from the signal until all that was killed is gone, and what it had sent has arrived. */
export interface Kill {
  readonly from: number;
  readonly to: number;
}

/** What is wrong with a ledger. */
export interface Verdict {
  /** Effects that were made again though the run had gone on: their records had been delivered. */
  readonly repeated: readonly string[];
  /** Effects made again without a kill in between, or more often than there were kills. */
  readonly unexplained: readonly string[];
  /** Effects made again under another key. */
  readonly otherKey: readonly string[];
  /** Effects that were never made. */
  readonly missing: readonly string[];
  /** How many effects were interrupted, and made again as they should be. */
  readonly interrupted: number;
}

/**
 * Judges the ledger of runs that make effects 1 to `effects` one after the other. An effect whose successor has been
 * made was recorded: its result had been delivered. So no line may follow one of a later effect, and a line may follow
 * one of the same effect only after a kill, under the same key.
 */
export function judge(
  lines: readonly Line[],
  runs: readonly string[],
  effects: number,
  kills: readonly Kill[],
): Verdict {
  const verdict = { repeated: [], unexplained: [], otherKey: [], missing: [], interrupted: 0 } as Mutable;
  const byRun = new Map(runs.map((run) => [run, [] as Line[]]));
  for (const line of lines) byRun.get(line.run)?.push(line);
  for (const [run, own] of byRun) judgeRun(run, own, kills, verdict);
  for (const [run, own] of byRun)
    for (let effect = 1; effect <= effects; effect++)
      if (!own.some((line) => line.effect === effect)) verdict.missing.push(`${run}/${effect}`);
  return verdict;
}

type Mutable = { -readonly [K in keyof Verdict]: Verdict[K] extends number ? number : string[] };

function judgeRun(run: string, lines: readonly Line[], kills: readonly Kill[], verdict: Mutable): void {
  const last = new Map<number, Line>();
  const explaining = new Map<number, Set<Kill>>();
  let highest = 0;
  for (const line of lines) {
    const name = `${run}/${line.effect}`;
    const before = last.get(line.effect);
    if (line.effect < highest) verdict.repeated.push(name);
    else if (before) {
      verdict.interrupted += 1;
      const used = explaining.get(line.effect) ?? new Set();
      const cause = kills.find((each) => !used.has(each) && each.to >= before.at && each.from <= line.at);
      if (cause) explaining.set(line.effect, used.add(cause));
      else verdict.unexplained.push(name);
      if (before.key !== line.key) verdict.otherKey.push(name);
    }
    highest = Math.max(highest, line.effect);
    last.set(line.effect, line);
  }
}
