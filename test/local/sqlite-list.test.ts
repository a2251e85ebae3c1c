/** Looking for what is rare among many runs: everything else goes on meanwhile, and no call looks at all of them. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { aRun } from "../contract/runs.ts";
import { makeFolder } from "../world/place.ts";

const tagged = { task: "order", tags: ["rare"], createdAt: 1 };

/** A store with one run of a tag, and `count` newer ones without. */
async function storeOf(count: number) {
  const folder = await makeFolder("list");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "holdfast.db");
  const store = openSqliteStore(path);
  onTestFinished(() => store.close());
  await store.create(aRun({ id: "run_rare", ...tagged }));
  await store.create(aRun({ id: "run_model", createdAt: 2 }));
  const db = new Database(path);
  db.prepare(`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ?)
    insert into runs (id, task, status, created_at, epoch, head)
    select 'run_' || n, task, status, 2 + n, epoch, json_set(head, '$.id', 'run_' || n, '$.createdAt', 2 + n)
    from numbers, runs where id = 'run_model'`).run(count);
  db.close();
  return store;
}

test("a run is stored while what is rare is looked for", async () => {
  const store = await storeOf(20_000);
  const order: string[] = [];
  const search = store.list({ tag: ["rare"], limit: 10 }).then((page) => {
    order.push("found");
    return page;
  });
  await store.create(aRun({ id: "run_new", createdAt: 3 })).then(() => order.push("stored"));
  expect((await search).runs.map(({ id }) => id)).toEqual(["run_rare"]);
  expect(order).toEqual(["stored", "found"]);
});

test("a call looks at 50,000 heads and says where to go on; without `next` there is nothing more", async () => {
  const store = await storeOf(60_000);
  const first = await store.list({ tag: ["rare"], limit: 10 });
  expect(first).toEqual({ runs: [], next: "run_10001" });
  const second = await store.list({ tag: ["rare"], limit: 10, after: "run_10001" });
  expect([second.runs.map(({ id }) => id), second.next]).toEqual([["run_rare"], undefined]);
});

test("what an index finds is a full page, however many runs there are", async () => {
  const store = await storeOf(60_000);
  const { runs, next } = await store.list({ limit: 3, from: 1, to: 3 });
  expect([runs.map(({ id }) => id), next]).toEqual([["run_1", "run_model", "run_rare"], undefined]);
});

test("a page deep in the list takes no longer than the first: the runs before it are not looked at", async () => {
  const store = await storeOf(60_000);
  const medianOf = async (after: string): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const from = performance.now();
      expect((await store.list({ limit: 25, after })).runs).toHaveLength(25);
      times.push(performance.now() - from);
    }
    return times.sort((a, b) => a - b)[7] ?? 0;
  };
  const first = await medianOf("run_60000");
  // Looking at all those before it takes a hundred times as long.
  expect(await medianOf("run_100")).toBeLessThan(20 * first);
});
