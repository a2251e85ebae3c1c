/**
 * Journals that earlier versions wrote: each must resume from every point, to the same end. `UPDATE_JOURNALS=1` writes
 * those of programs that have none yet; one that is there is never written again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fromText, type JournalRecord } from "../../engine/record.ts";
import type { Run } from "../../engine/run.ts";
import { bench } from "./tasks.ts";

const folder = fileURLToPath(new URL("../journals/", import.meta.url));

interface Kept {
  readonly source: string;
  readonly head: Run;
  readonly records: readonly JournalRecord[];
  readonly output: unknown;
}

const programs: Record<string, string> = {
  plain: `task({ id: "t", run: async () => { const a = await lib.add(1, 2); const b = await lib.add(a, 3); return { a, b }; } });`,
  branches: `task({ id: "t", run: async () => Promise.all([1, 2, 3].map(async (n) => { const a = await lib.add(n, 1); return lib.add(a, a); })) });`,
  waits: `task({ id: "t", run: async () => { const a = await lib.add(1, 1); await Promise.all([wait.for({ hours: 1 }), wait.for({ minutes: 5 })]); return lib.add(a, 1); } });`,
  library: `task({ id: "t", run: async () => lib.pool([1, 2, 3], async (n: number) => { const a = await lib.add(n, n); return a * 2; }) });`,
  retries: `task({ id: "t", retry: { maxAttempts: 4, minTimeoutInMs: 1, randomize: false }, run: async (_: unknown, { ctx }) => { const res = await lib.once(ctx.attempt.number); if (!res.ok) throw new Error("again"); return ctx.attempt.number; } });`,
  values: `task({ id: "t", run: async () => { const v = await lib.values(); return [v.date.getTime(), v.map.get("a"), v.big + 1n, v.response.status, await v.response.text()]; } });`,
};

function library(called: () => void = () => {}): Record<string, unknown> {
  const pool = async <T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> => {
    const results: R[] = [];
    for (const item of items) results.push(await fn(item));
    return results;
  };
  return {
    add: async (a: number, b: number) => {
      called();
      return a + b;
    },
    once: async (attempt: number) => ({ ok: attempt > 1, status: attempt > 1 ? 200 : 503 }),
    pool,
    values: async () => ({
      date: new Date(5),
      map: new Map([["a", 1]]),
      big: 2n,
      response: new Response("body", { status: 202 }),
    }),
  };
}

const write = process.env.UPDATE_JOURNALS === "1";
/** Without stacks: they name paths of the machine. */
const text = (value: unknown): string => {
  const plain = (key: string, each: unknown): unknown =>
    key === "stack" ? undefined : typeof each === "bigint" ? `${each}n` : each;
  return JSON.stringify(value, plain, 1);
};

for (const [name, source] of Object.entries(programs)) {
  const path = `${folder}${name}.json`;

  test.runIf(write && !existsSync(path))(`writes the journal of ${name}`, async () => {
    const { run, world, output } = bench(source, library());
    const head = await run("t");
    expect(head.status).toBe("COMPLETED");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path,
      `${text({ source, head, records: await world.records(head.id), output: await output(head) })}\n`,
    );
  });

  test(`a journal of "${name}" written by an earlier version resumes from every record to the same end`, async () => {
    const kept = JSON.parse(readFileSync(path, "utf8")) as Kept;
    for (let length = 0; length <= kept.records.length; length++) {
      let calls = 0;
      const { world, id, output } = bench(
        kept.source,
        library(() => void calls++),
      );
      const { output: _output, finishedAt: _finishedAt, wakeAt: _wakeAt, ...head } = kept.head;
      const records = kept.records.slice(0, length).map((record) => fromText(JSON.stringify(record)));
      await world.copy({ ...head, task: id("t") }, records);
      const ended = await world.finish(head.id);
      expect(text(await output(ended))).toBe(text(kept.output));
      // Keys are a stored format: what is recorded under one is found again.
      if (length === kept.records.length) expect(calls).toBe(0);
    }
  });
}
