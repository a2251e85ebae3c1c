/**
 * Promises that the author makes by hand and settles himself, with connections, jobs and the like: pools, workers, actors, gates.
 * What they give is the very object, with its methods, wherever the process dies.
 */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const helpers = `
  const n = async (name: string, value: number): Promise<number> => outside.act(name, value);
  class Conn { used = 0; constructor(readonly id: number) {} async query(x: number) { this.used++; return n("q" + x, x); } }
`;

interface Program {
  readonly title: string;
  readonly run: string;
  readonly output: unknown;
}

const programs: Program[] = [
  {
    title: "a pool gives a waiting caller the connection that was given back",
    run: `
      const idle: Conn[] = [], waiting: ((conn: Conn) => void)[] = [];
      let made = 0;
      const acquire = async (): Promise<Conn> => {
        const conn = idle.pop();
        if (conn !== undefined) return conn;
        if (made < 2) return new Conn(++made);
        return new Promise((give) => waiting.push(give));
      };
      const release = (conn: Conn) => { const give = waiting.shift(); if (give) give(conn); else idle.push(conn); };
      const rows = await Promise.all([1, 2, 3, 4, 5].map(async (x) => {
        const conn = await acquire();
        try { return await conn.query(x); } finally { release(conn); }
      }));
      return [rows, idle.reduce((sum, conn) => sum + conn.used, 0)];`,
    output: [[1, 2, 3, 4, 5], 5],
  },
  {
    title: "what a deferred was resolved with keeps its functions behind a wait",
    run: `
      class Deferred<T> {
        resolve!: (value: T) => void;
        readonly promise = new Promise<T>((resolve) => { this.resolve = resolve; });
      }
      const ready = new Deferred<{ log: number[]; send(x: number): Promise<number> }>();
      const start = async () => {
        const base = await n("connect", 10);
        const log: number[] = [];
        ready.resolve({ log, send: async (x) => { const sent = await n("send" + x, base + x); log.push(sent); return sent; } });
      };
      void start();
      const client = await ready.promise;
      const first = await client.send(1);
      await wait.for({ seconds: 5 });
      return [first, await client.send(2), client.log];`,
    output: [11, 12, [11, 12]],
  },
  {
    title: "a worker gets jobs with functions through a queue by hand",
    run: `
      type Job = { fn: () => Promise<number>; done: (value: number) => void; failed: (error: unknown) => void };
      const queue: Job[] = [];
      let wake: ((job: Job) => void) | undefined, over = false;
      const next = () => queue.length > 0 ? Promise.resolve(queue.shift()!) : new Promise<Job>((give) => { wake = give; });
      const submit = (fn: () => Promise<number>) => new Promise<number>((done, failed) => {
        const job = { fn, done, failed };
        if (wake === undefined) return void queue.push(job);
        const give = wake; wake = undefined; give(job);
      });
      const work = async () => { while (!over) { const job = await next(); try { job.done(await job.fn()); } catch (error) { job.failed(error); } } };
      void work();
      const first = await submit(() => n("a", 1));
      const both = await Promise.all([submit(() => n("b", 2)), submit(async () => { await wait.for({ seconds: 2 }); return n("c", 3); })]);
      const failed = await submit(async () => { await n("d", 4); throw new Error("job"); }).catch((error: Error) => error.message);
      over = true;
      return [first, both, failed];`,
    output: [1, [2, 3], "job"],
  },
  {
    title: "workers change the jobs that were put in, not copies",
    run: `
      type Job = { id: number; status: string };
      const jobs: Job[] = [1, 2, 3].map((id) => ({ id, status: "new" }));
      const ready: Job[] = [], takers: ((job: Job | undefined) => void)[] = [];
      const take = async (): Promise<Job | undefined> => ready.shift() ?? new Promise((give) => takers.push(give));
      const put = (job: Job) => { const give = takers.shift(); if (give) give(job); else ready.push(job); };
      const work = async () => { for (let job = await take(); job !== undefined; job = await take()) { await n("job" + job.id, 0); job.status = "done"; } };
      const workers = [work(), work()];
      for (const job of jobs) { await n("submit" + job.id, 0); put(job); }
      while (jobs.some((job) => job.status === "new")) await wait.for({ seconds: 1 });
      for (const give of takers.splice(0)) give(undefined);
      await Promise.all(workers);
      return jobs.map((job) => job.status);`,
    output: ["done", "done", "done"],
  },
  {
    title: "an actor that answers with itself is that actor",
    run: `
      class Actor {
        #box: { add: number; reply: (answer: { state: number; self: Actor }) => void }[] = [];
        #busy = false;
        #state = 0;
        ask(add: number): Promise<{ state: number; self: Actor }> {
          return new Promise((reply) => { this.#box.push({ add, reply }); void this.#run(); });
        }
        async #run() {
          if (this.#busy) return;
          this.#busy = true;
          for (let letter = this.#box.shift(); letter !== undefined; letter = this.#box.shift()) {
            this.#state += await n("add" + letter.add, letter.add);
            letter.reply({ state: this.#state, self: this });
          }
          this.#busy = false;
        }
      }
      const actor = new Actor();
      const answers = await Promise.all([1, 2, 3].map((add) => actor.ask(add)));
      await n("mid", 0);
      const last = await actor.ask(4);
      return [answers.map(({ state }) => state), last.state, last.self === actor];`,
    output: [[1, 3, 6], 10, true],
  },
  {
    title: "those who wait at one gate get one object, in a map of promises",
    run: `
      const gates = new Map<string, { open: (value: number[]) => void; opened: Promise<number[]> }>();
      const gate = (name: string) => {
        let one = gates.get(name);
        if (one === undefined) { let open!: (value: number[]) => void; const opened = new Promise<number[]>((give) => { open = give; }); one = { open, opened }; gates.set(name, one); }
        return one;
      };
      const shared: number[] = [];
      const come = async (i: number) => { const list = await gate("a").opened; list.push(i); await n("come" + i, i); return list === shared; };
      const coming = [come(1), come(2)];
      await n("before", 0);
      gate("a").open(shared);
      const same = await Promise.all(coming);
      await wait.for({ seconds: 2 });
      return [same, shared, (await gate("a").opened) === shared];`,
    output: [[true, true], [1, 2], true],
  },
  {
    title: "a cache of promises by hand gives one object, also where a chain settles it",
    run: `
      const cache = new Map<string, Promise<{ hits: number; touch(): number }>>();
      const get = (name: string) => {
        const known = cache.get(name);
        if (known !== undefined) return known;
        const made = new Promise<{ hits: number; touch(): number }>((give, fail) => {
          n("load", 0).then((hits) => ({ hits, touch() { return ++this.hits; } })).then(give, fail);
        });
        cache.set(name, made);
        return made;
      };
      const [one, two] = await Promise.all([get("x"), get("x")]);
      one.touch();
      await n("mid", 0);
      two.touch();
      await wait.for({ seconds: 1 });
      return [one === two, (await get("x")).touch()];`,
    output: [true, 3],
  },
  {
    title: "an event of the author's own that brings a function is waited for",
    run: `
      const listeners = new Set<(message: { k: number; ack: () => Promise<void> }) => void>();
      const acked: number[] = [];
      const publish = async (k: number) => { await n("pub" + k, k); for (const each of listeners) each({ k, ack: async () => { await n("ack" + k, k); acked.push(k); } }); };
      const next = () => new Promise<{ k: number; ack: () => Promise<void> }>((give) => {
        const once = (message: { k: number; ack: () => Promise<void> }) => { listeners.delete(once); give(message); };
        listeners.add(once);
      });
      for (let k = 0; k < 3; k++) { const coming = next(); await publish(k); await (await coming).ack(); }
      return acked;`,
    output: [0, 1, 2],
  },
];

const source = programs
  .map(
    ({ run }, index) =>
      `export const t${index} = task({ id: "t${index}", retry: { maxAttempts: 1 }, run: async () => {${run}} });`,
  )
  .join("\n");

test.each(programs.map(({ title, output }, index) => ({ title, output, id: `t${index}` })))(
  "$title",
  async ({ id, output }) => {
    const done: string[] = [];
    const act = async (name: string, value: number): Promise<number> => {
      done.push(name);
      return value;
    };
    outside({ act });
    const kit = await kitOf(`${imports}${helpers}${source}`);
    const plain = await kit.run(id);
    expect([plain.output, plain.warnings]).toEqual([output, []]);
    const { runs, findings } = await kit.crashEverywhere(id);
    expect(findings).toEqual([]);
    expect(runs).toBeGreaterThan(15);
  },
);

test("what a timer has settled is recorded: it is a copy, and nobody waits for the timer again", async () => {
  outside({ act: async () => 1 });
  const kit = await kitOf(`${imports}
    export const t = task({ id: "t", run: async () => {
      const given = { late: true };
      const late = await new Promise<{ late: boolean }>((give) => setTimeout(() => give(given), 30));
      await outside.act();
      await wait.for({ seconds: 1 });
      return [late, late === given];
    } });`);
  expect((await kit.run("t")).output).toEqual([{ late: true }, false]);
});

test("a loop that awaits nothing, in a run that was cut off, does not hold up the process", async () => {
  outside({ act: async () => 1 });
  const kit = await kitOf(`${imports}
    export const t = task({ id: "t", run: async () => {
      const todo = [1, 2, 3], done: number[] = [];
      let active = 0, over!: () => void;
      const idle = new Promise<void>((resolve) => { over = resolve; });
      const run = async (x: number) => {
        try { done.push(await outside.act(x)); } finally { active--; startAll(); }
      };
      const startNext = (): boolean => {
        if (active > 0) return false;
        const next = todo.shift();
        if (next === undefined) { over(); return false; }
        active++;
        void run(next);
        return true;
      };
      const startAll = (): void => { while (startNext()) {} };
      startAll();
      await idle;
      return done;
    } });`);
  expect((await kit.run("t")).output).toEqual([1, 1, 1]);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(8);
});

test("one that does not settle again fails its run, and says where it stands", async () => {
  let looks = 0;
  outside({ act: async () => 1, isFirst: () => ++looks === 1 });
  const kit = await kitOf(
    `${imports}
    export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
      let give!: (value: object) => void;
      const coming = new Promise<object>((resolve) => { give = resolve; });
      await outside.act();
      if (outside.isFirst()) give({ it: "came" });
      const came = await coming;
      await wait.for({ hours: 1 });
      return came;
    } });`,
  );
  const { status, error } = await kit.run("t", undefined, { patienceMs: 20_000 });
  expect(status).toBe("FAILED");
  expect(error?.message).toMatch(/HF304 .*coming at .*main\.ts:\d+ did not settle again/);
});
