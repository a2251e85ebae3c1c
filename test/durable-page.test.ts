/** docs/durable.md: each row's code is built, or run, and has to give the message that the row names. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transform } from "../transform/transform.ts";
import { makeProject, type Project } from "./cli/project.ts";
import { bench } from "./engine/tasks.ts";
import { until } from "./local/fake/holdfast.ts";
import type { Holdfast } from "./world/holdfast.ts";
import { root } from "./world/place.ts";
import { replaysIn } from "./world/replays.ts";

const page = readFileSync(join(root, "docs", "durable.md"), "utf8");

/** The code and the message of each row below a heading. */
function rowsBelow(heading: string): (readonly [code: string, message: string])[] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `(.*?)` \| \[(HF\d+)\]\(errors\/\2\.md\) \|/gm)].map(
    ([, code = "", message = ""]) => [code, message] as const,
  );
}

const problemsOf = (body: string) => {
  const source = `import * as fs from "node:fs"; import { mkdtemp } from "node:fs/promises"; import { connect, createServer } from "node:net"; import { PassThrough, Readable } from "node:stream"; import { pipeline } from "node:stream/promises"; import ky from "ky"; import knex from "knex";
import { idempotencyKey, step, task, wait } from "holdfast";
import { lib } from "outside";
let cache: unknown;
export const it = task({ id: "it", run: async () => {
  ${body}
} });
`;
  return transform(source, { file: "tasks/it.ts" }).problems;
};

test("the tables are read", () => {
  expect(rowsBelow("Refused").length).toBeGreaterThanOrEqual(5);
  expect(rowsBelow("Warned").length).toBeGreaterThanOrEqual(7);
  expect(rowsBelow("Said by the first").length).toBeGreaterThanOrEqual(9);
  expect(rowsBelow("Said by `holdfast dev`").length).toBeGreaterThanOrEqual(11);
});

describe("refused by the build", () => {
  test.each(rowsBelow("Refused"))("%s %s", (code, message) => {
    const [problem, ...others] = problemsOf(code);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: message, severity: "error", line: 6 });
    expect(problem?.fix).not.toBe("");
  });
});

describe("warned of by the build", () => {
  test.each(rowsBelow("Warned"))("%s %s", (code, message) => {
    const problem = problemsOf(code).find((each) => each.code === message);
    expect(problem).toMatchObject({ line: 6 });
    expect(problem?.severity).not.toBe("error");
  });
});

/** What the rows of the first run call. */
function library(): Record<string, unknown> {
  class Order {
    readonly lines = [1, 2];
    total(): number {
      return this.lines.length;
    }
  }
  class Session {
    readonly #token = "t";
    async get(path: string): Promise<string> {
      return `${path} ${this.#token}`;
    }
  }
  const connection = () => ({
    socket: new AbortController(),
    ask: async () => "said",
    close: async () => {},
  });
  let connections = 0;
  const deep = { inner: {} };
  for (let at: { inner: object } = deep, n = 0; n < 100_000; n++) at = at.inner = { inner: {} };
  return {
    order: async () => new Order(),
    logIn: async () => new Session(),
    post: async () => ({ status: 200, request: new AbortController() }),
    pending: async () => ({ later: new Promise(() => {}) }),
    deep: async () => deep,
    request: (id: number) => Object.assign(Promise.resolve(id), { json: async () => ({ id }) }),
    huge: async () => new Response(new Uint8Array(9 * 1024 * 1024)),
    connect: async () => connection(),
    connectOnce: async () => {
      if (connections++ > 0) throw Object.assign(new Error("gone for good"), { status: 410 });
      return connection();
    },
  };
}

describe("said by the first run", () => {
  test.each(rowsBelow("Said by the first"))("%s %s", async (code, message) => {
    const source = `export const it = task({ id: "it", retry: { maxAttempts: 1 }, run: async () => { ${code} } });`;
    const run = await bench(source, library()).run("it");
    expect(run.status).toBe("FAILED");
    expect(`${run.error?.code} ${run.error?.message}`).toContain(message);
    if (code.includes("logIn")) expect(run.error?.message).toContain("live(");
  });
});

/** What the rows behind a run import from a package: what it does in memory, and by itself. */
const outside = `import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { appendFile } from "node:fs/promises";
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
let nudged = 0;
let registered = 0;
const users = new AsyncLocalStorage();
const send = (what) => appendFile("/dev/null", String(what));
export const lib = {
  send,
  queue() {
    const items = [];
    return {
      add: async (item) => { await turn(); items.push(item); },
      count: async () => (await turn(), items.length),
      flush: async () => { for (const item of items.splice(0)) await send(item); },
    };
  },
  box() {
    let put;
    const item = new Promise((resolve) => { put = resolve; });
    return { fill: async (what) => void setTimeout(() => put(what), 5), take: async () => item };
  },
  register: async () => { await turn(); registered++; },
  registered: async () => (await turn(), registered),
  loader(batch) {
    let waiting = [];
    const call = async () => {
      const all = waiting.splice(0);
      const values = await batch(all.map(({ id }) => id));
      all.forEach(({ resolve }, at) => resolve(values[at]));
    };
    return { load: (id) => new Promise((resolve) => { if (waiting.push({ id, resolve }) === 1) setTimeout(call, 1); }) };
  },
  withUser: (user, fn) => users.run(user, async () => fn()),
  user: () => users.getStore(),
  load: async (id) => (await turn(), id),
  slow: async () => void (await new Promise((resolve) => setTimeout(resolve, 150))),
  cache() {
    const kept = new Map();
    return { fill: async (n) => { await turn(); kept.set(n, n); }, size: () => kept.size };
  },
  debounce: (fn, ms) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(fn, ms); }; },
  worker() {
    const worker = new EventEmitter();
    setTimeout(() => worker.emit("item"), 20);
    return worker;
  },
  nudge: () => void nudged++,
  nudged: () => nudged,
  items() {
    const items = { read: 0, async *[Symbol.asyncIterator]() { for (; items.read < 3; items.read++) yield items.read; } };
    return items;
  },
};
`;

describe("said by holdfast dev behind a run", () => {
  const rows = rowsBelow("Said by `holdfast dev`");
  const tasks = rows.map(
    ([code], at) => `export const t${at} = task({ id: "t${at}", retry: { maxAttempts: 1 }, run: async () => {
  ${code}
} });`,
  );
  let project: Project;
  let holdfast: Holdfast;
  beforeAll(async () => {
    project = await makeProject({
      "node_modules/outside/package.json": `{ "name": "outside", "type": "module", "exports": "./index.js" }`,
      "node_modules/outside/index.js": outside,
      "tasks/all.ts": `import { readFileSync } from "node:fs"; import { AsyncLocalStorage } from "node:async_hooks"; import { task, wait } from "holdfast"; import { lib } from "outside";
const module: { runs?: number } = {};
${tasks.join("\n")}`,
    });
    holdfast = await project.start({ args: ["--json"] });
  });
  afterAll(() => project.end());

  interface Replay {
    readonly code?: string;
    readonly task: string;
    readonly file?: string;
  }
  const told = (): Replay[] => replaysIn(holdfast.output());

  test.each(rows.map(([code, message], at) => [code, message, `t${at}`] as const))(
    "%s %s",
    async (_, message, task) => {
      const run = await holdfast.finished(await holdfast.trigger(task, {}));
      expect(run.status).toBe("COMPLETED");
      await until("its replay is told", () => told().some((each) => each.task === task));
      expect(told().find((each) => each.task === task)).toMatchObject({
        code: message,
        file: "tasks/all.ts",
      });
    },
  );
});
