/** Batches and hooks in the tree. */
import { expect, test } from "vitest";
import { treeOf } from "../../functions/tree.ts";
import { done, journal } from "./journals.ts";

test("the runs of a batch stand under its call, with its name and place", () => {
  const names = (site: string) =>
    site === "batch" ? { name: "child.batchTriggerAndWait", at: "tasks/order.ts:9" } : undefined;
  const tree = treeOf(
    journal(
      done("/batch#0/item#0", 1, { sort: "child", place: undefined }),
      done("/batch#0/item#1", 2, { sort: "child", place: undefined }),
    ),
    names,
  );
  const place = { name: "child.batchTriggerAndWait", file: "tasks/order.ts", line: 9 };
  expect(tree).toMatchObject([
    { kind: "frame", id: "/batch#0", ...place },
    { kind: "checkpoint", id: "/batch#0/item#0", parent: "/batch#0", ...place },
    { kind: "checkpoint", id: "/batch#0/item#1", parent: "/batch#0", ...place },
  ]);
});

test("what a hook does stands under the hook's name", () => {
  expect(treeOf(journal(done("/onSuccess#0/a#0", 1)))).toMatchObject([
    { kind: "frame", id: "/onSuccess#0", name: "onSuccess" },
    { kind: "checkpoint", parent: "/onSuccess#0" },
  ]);
});
