/** What `holdfast keys list` shows. */
import { expect, test } from "vitest";
import { keyTable } from "../../cli/key-table.ts";

const key = { id: "4f1c2a9b03de", scopes: ["trigger"], lastUsedAt: "2026-01-01T00:00:00.000Z" } as const;

test("a key's last use is a column where it is known; of a stack's keys there is no empty one, and where to look is said", () => {
  const here = keyTable([key], false);
  expect([here.head.at(-1), here.rows[0]?.at(-1), here.note]).toEqual([
    "LAST USED",
    key.lastUsedAt,
    undefined,
  ]);
  const stack = keyTable([{ ...key, lastUsedAt: undefined }], true);
  expect(stack.head).not.toContain("LAST USED");
  expect(stack.rows[0]).toHaveLength(stack.head.length);
  expect(stack.note).toContain('filter message = "A key is in use"');
});
