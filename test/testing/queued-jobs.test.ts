/** Queues of libraries that were given one worker for all jobs: which call began a job is chance, whose job it is is not. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** As libraries write them: the end of one job begins the next one, within whatever call began the former. */
class Queue<T, R> {
  readonly #worker: (job: T) => Promise<R>;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  constructor(worker: (job: T) => Promise<R>, concurrency: number) {
    this.#worker = worker;
    this.#free = concurrency;
  }
  push(job: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#free--;
        this.#worker(job)
          .then(resolve, reject)
          .finally(() => {
            this.#free++;
            this.#waiting.shift()?.();
          });
      };
      if (this.#free > 0) begin();
      else this.#waiting.push(begin);
    });
  }
}

/** What a task is played with, and how often each job was done and is on record. */
async function played(body: string) {
  const acts: string[] = [];
  const act = async (what: string): Promise<string> => {
    acts.push(what);
    return `${what} done`;
  };
  outside({ Queue, act });
  const kit = await kitOf(`${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`);
  return { kit, acts };
}

const distinct = `const done: string[] = [];
  const queue = new outside.Queue(async ({ id }: { id: string }) => {
    const said = await outside.act(id);
    if (id === "c") throw new Error("c failed");
    done.push(id);
    return said;
  }, 2);
  const ends = await Promise.allSettled(["a", "b", "c", "d", "e"].map((id) => queue.push({ id })));
  await wait.for({ seconds: 1 });
  const last = await queue.push({ id: "z" });
  return [done.sort(), ends.map((end: any) => end.value ?? end.reason.message), last];`;

const plain = distinct
  .replace("{ id }: { id: string }", "id: string")
  .replaceAll("{ id }", "id")
  .replace(`{ id: "z" }`, `"z"`);

const output = [["a", "b", "d", "e", "z"], ["a done", "b done", "c failed", "d done", "e done"], "z done"];

test.each([
  ["objects", distinct],
  ["texts", plain],
])("jobs that are %s are done once each, wherever the process dies", async (_, body) => {
  const { kit, acts } = await played(body);
  expect((await kit.run("t")).output).toEqual(output);
  expect(acts.sort()).toEqual(["a", "b", "c", "d", "e", "z"]);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(30);
});

test("the same job pushed twice is done twice, also behind a crash", async () => {
  const { kit, acts } = await played(`const queue = new outside.Queue((id: string) => outside.act(id), 1);
    const ends = await Promise.all(["a", "a", "b"].map((id) => queue.push(id)));
    await wait.for({ seconds: 1 });
    return [...ends, await queue.push("a"), await queue.push("b")];`);
  const once = ["a done", "a done", "b done", "a done", "b done"];
  expect((await kit.run("t")).output).toEqual(once);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
  const boundaries = (await kit.run("t")).calls.length;
  for (let call = 1; call <= boundaries; call++) {
    acts.length = 0;
    const { output } = await kit.run("t", undefined, { crash: [{ when: "before", call }] });
    expect([call, output]).toEqual([call, once]);
    // What died before it was recorded is done again, and nothing is done less often than the task asks for.
    expect([call, acts.filter((each) => each === "a").length]).toEqual([call, expect.toBeOneOf([3, 4])]);
    expect([call, acts.filter((each) => each === "b").length]).toEqual([call, expect.toBeOneOf([2, 3])]);
  }
});
