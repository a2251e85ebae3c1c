/** A run's tree as lines. */
import { expect, test } from "vitest";
import { makeScreen } from "../../cli/print.ts";
import { sayTree } from "../../cli/run-lines.ts";
import type { TreeEntry } from "../../sdk/tree-entry.ts";

const frame = (id: string, number: number, parent: string | null): TreeEntry => ({
  kind: "frame",
  id,
  number,
  parent,
  name: id,
  file: null,
  line: null,
  input: null,
});

test("branches that went on at once are shown apart: each entry below what it belongs to", () => {
  const lines: string[] = [];
  const sink = { write: (text: string) => void lines.push(text.trimEnd()) };
  sayTree(makeScreen(sink, sink, false), [
    frame("all", 1, null),
    frame("one", 1, "all"),
    frame("two", 2, "all"),
    frame("end of one", 3, "one"),
    frame("end of two", 4, "two"),
    frame("after", 5, null),
  ]);
  expect(lines).toEqual(["  all", "    one", "      end of one", "    two", "      end of two", "  after"]);
});
