/** The tree of a run: parents, and the pages in which it comes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../../engine/codec.ts";
import { hashText } from "../../engine/hash.ts";
import { claim } from "../../engine/head-write.ts";
import { pageOf, treeOf } from "../../functions/tree.ts";
import type { TreeEntry } from "../../sdk/tree-entry.ts";
import { done, journal, shape, tried } from "./journals.ts";
import { get, refusal, trigger, world } from "./world.ts";

describe("a parent", () => {
  const names = (id: string) => (id === "ship" ? { name: "shipOrder", at: "tasks/ship.ts:8" } : undefined);
  test("is each frame around a checkpoint, named where the code can tell", () => {
    const tree = treeOf(
      journal(done("/ship#0/parcel#2/label#0"), done("/ship#0/mail#0"), done("/ship#1/mail#0")),
      names,
    );
    expect(shape(tree)).toEqual([
      [1, "frame", "/ship#0", null],
      [1, "frame", "/ship#0/parcel#2", "/ship#0"],
      [1, "COMPLETED", "/ship#0/parcel#2/label#0", "/ship#0/parcel#2"],
      [2, "COMPLETED", "/ship#0/mail#0", "/ship#0"],
      [3, "frame", "/ship#1", null],
      [3, "COMPLETED", "/ship#1/mail#0", "/ship#1"],
    ]);
    expect(tree[0]).toMatchObject({ name: "shipOrder", file: "tasks/ship.ts", line: 8 });
    expect(tree[1]).toMatchObject({ name: "function", file: null, line: null });
  });
  test("is the library's call around its callbacks, before and after it has ended", () => {
    const args = JSON.stringify([
      ["v", encode({ id: 7 }).text],
      ["r", 0, 1],
    ]);
    const inv = [{ call: "/map#0", path: "f0:1x.0", fn: 0, args, after: 0, order: 0, sync: false }];
    const begun = journal(
      done("/map#0>f0:1x.0/get#0", 1, { inv }),
      done("/map#0>f0:2y.0/get#0"),
      done("/each#0>f1.0/put#0"),
    );
    const ended = [
      ...begun,
      ...journal(
        { kind: "empty" },
        { kind: "empty" },
        { kind: "empty" },
        done("/map#0", [1], { sort: "library" }),
      ).slice(3),
    ];
    const within = [
      [1, "frame", "/map#0>f0:1x.0", "/map#0"],
      [1, "COMPLETED", "/map#0>f0:1x.0/get#0", "/map#0>f0:1x.0"],
      [2, "frame", "/map#0>f0:2y.0", "/map#0"],
      [2, "COMPLETED", "/map#0>f0:2y.0/get#0", "/map#0>f0:2y.0"],
      [3, "frame", "/each#0", null],
      [3, "frame", "/each#0>f1.0", "/each#0"],
      [3, "COMPLETED", "/each#0>f1.0/put#0", "/each#0>f1.0"],
    ];
    expect(shape(treeOf(begun))).toEqual([[1, "frame", "/map#0", null], ...within]);
    expect(shape(treeOf(ended))).toEqual([[1, "COMPLETED", "/map#0", null], ...within]);
    expect(treeOf(begun)[1]).toMatchObject({ name: "callback 1", input: '[{"id":7},"argument 1"]' });
    expect(treeOf(begun)[6]).toMatchObject({ name: "callback 2", input: null });
  });
  test("is found through a path that was shortened", () => {
    const long = `/${"deep#0/".repeat(30)}call#0`;
    const tree = treeOf(
      journal(
        done(long, 1, { sort: "library" }),
        done(`~${hashText(`${long}>f0:1x.0`, 16)}/get#0`, 1, {
          inv: [{ call: long, path: "f0:1x.0", fn: 0, args: "[]", after: 0, order: 0, sync: false }],
        }),
      ),
    );
    expect(shape(tree).slice(-3)).toEqual([
      [1, "COMPLETED", long, `/${"deep#0/".repeat(29)}deep#0`],
      [2, "frame", `${long}>f0:1x.0`, long],
      [2, "COMPLETED", expect.stringMatching(/^~.*\/get#0$/), `${long}>f0:1x.0`],
    ]);
  });
});

describe("pages", () => {
  const step = fc.constantFrom("/a#0", "/a#1", "/b#0>f0:1x.0", "/c#0");
  const key = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join(""));
  const record = fc.oneof(
    key.map((each) => done(each)),
    key.map((each) => tried(each, 1)),
    key.map((each) => ({ kind: "children", keys: [each, `${each}/kid#0`] }) as const),
    fc.constant({ kind: "cancel", reason: "canceled" } as const),
    fc.integer({ min: 1, max: 3 }).map((epoch) => ({ kind: "pass", codeVersion: "1", epoch }) as const),
  );
  test("hold every entry once, with its parents before it, whatever the journal and the size of a page", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (records, limit) => {
        const tree = treeOf(journal(...records));
        const seen = new Set<string>();
        for (let after: number | undefined = 0; after !== undefined; ) {
          const { data, next }: { data: readonly TreeEntry[]; next?: number } = pageOf(tree, after, limit);
          for (const { id, parent } of data) {
            expect(seen.has(id)).toBe(false);
            expect(parent === null || seen.has(parent)).toBe(true);
            seen.add(id);
          }
          expect(next === undefined || next > after).toBe(true);
          after = next;
        }
        expect(seen.size).toBe(tree.length);
      }),
    );
  });
  test("keep an entry's number and parent while the journal grows", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (records) => {
        const whole = journal(...records);
        const later = new Map(treeOf(whole).map((entry) => [entry.id, entry]));
        for (const { id, number, parent } of treeOf(whole.slice(0, Math.ceil(whole.length / 2)))) {
          expect(later.get(id)).toMatchObject({ number, parent });
        }
      }),
    );
  });
  test("are given by the API, with what the run waits for", async () => {
    const w = world();
    const id = await trigger(w);
    await w.ports.store.write(id, claim("p", Date.now()));
    for (const entry of journal(done("/a#0"), done("/f#0/b#0"), done("/c#0"))) {
      await w.ports.store.append({ runId: id, owner: "p", epoch: 1 }, entry);
    }
    const first = await get(w, `/api/v1/runs/${id}/checkpoints?limit=2`);
    expect(first).toMatchObject({ run: { id, status: "EXECUTING" }, pagination: { next: 2 } });
    expect(shape(first.data as TreeEntry[]).map(([, , entryId]) => entryId)).toEqual([
      "/a#0",
      "/f#0",
      "/f#0/b#0",
    ]);
    const second = await get(w, `/api/v1/runs/${id}/checkpoints?limit=2&after=2`);
    expect(second).toMatchObject({ data: [{ id: "/c#0" }], pagination: {} });
    for (const query of ["limit=0", "limit=1001", "after=x", "after=-1", "page=2"]) {
      const answer = await refusal(await w.send("GET", `/api/v1/runs/${id}/checkpoints?${query}`));
      expect([query, answer.status, answer.code]).toEqual([query, 422, "HF207"]);
    }
  });
});
