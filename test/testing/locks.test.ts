/** Locks and semaphores of libraries: who holds one is no input of the call, and what they look like no doing of one call alone. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** As libraries write them: a queue of those who wait, and a number of permits that is given to who holds one. */
class Semaphore {
  #waiting: (() => void)[] = [];
  permits: number;
  constructor(permits: number) {
    this.permits = permits;
  }
  async runExclusive<T>(work: (permits: number) => Promise<T>): Promise<T> {
    if (this.permits === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const held = this.permits--;
    try {
      return await work(held);
    } finally {
      this.permits++;
      this.#waiting.shift()?.();
    }
  }
}

const alone = `const s = new outside.Semaphore(2);
  let n = 0, most = 0;
  const log: string[] = [];
  await Promise.all(["1", "2", "3"].map((i) => s.runExclusive(async () => {
    most = Math.max(most, ++n);
    log.push(i);
    await outside.act(i);
    n--;
  })));
  return [most, n, log];`;

const nested = `const m = new outside.Semaphore(1), s = new outside.Semaphore(2);
  const log: string[] = [];
  await Promise.all(["1", "2", "3"].map((i) => s.runExclusive(async () => {
    await outside.act(i);
    await m.runExclusive(async () => { log.push(i); await outside.act("in " + i); });
  })));
  await outside.act("last");
  return log.sort();`;

test.each([
  ["a semaphore of two", alone, [2, 0, ["1", "2", "3"]]],
  ["a lock within a semaphore", nested, ["1", "2", "3"]],
])("%s lets each through once, and no more at a time, wherever the process dies", async (_, body, output) => {
  const acts: string[] = [];
  const act = async (what: string): Promise<void> => void acts.push(what);
  outside({ Semaphore, act });
  const kit = await kitOf(`${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`);
  expect((await kit.run("t")).output).toEqual(output);
  expect(new Set(acts).size).toBe(acts.length);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(20);
});
