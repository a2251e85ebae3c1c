/** The tree's rows: what stands under what, where events stand, when waits began, and why work went on. */
import { describe, expect, test } from "vitest";
import { rowsOf, whyAgain, withBegins } from "../../dashboard/tree-shape.ts";
import { treeOf } from "../../functions/tree.ts";
import type { RunHappening } from "../../sdk/tree-entry.ts";
import { at, done, journal, t, tried } from "../functions/journals.ts";

type Records = Parameters<typeof journal>;

const treeFor = (...records: Records) => withBegins(treeOf(journal(...records)), t);
const rowsFor = (...records: Records) => rowsOf(treeFor(...records), t + 1_000);
const shape = (...records: Records) =>
  rowsFor(...records).map(({ entry, depth }) => `${" ".repeat(depth)}${entry.id}`);

const pass = { kind: "pass", codeVersion: "1", epoch: 1 } as const;
const wait = (key: string, ms: number) =>
  done(key, undefined, { sort: "wait", started: undefined, t: t + ms });

describe("rows", () => {
  test("stand under the frames that they are in, in the order of the log", () => {
    expect(shape(done("/a#0"), done("/f#0/b#0"), done("/f#0/g#0/c#0"), done("/d#0"))).toEqual([
      "/a#0",
      "/f#0",
      " /f#0/b#0",
      " /f#0/g#0",
      "  /f#0/g#0/c#0",
      "/d#0",
    ]);
  });
  test("of an event stand between what came before and what came after, also within a frame", () => {
    expect(shape(done("/f#0/a#0"), pass, done("/f#0/b#0"))).toEqual([
      "/f#0",
      " /f#0/a#0",
      "event:2",
      " /f#0/b#0",
    ]);
  });
  test("of an event stand behind the parallel branches that it fell into", () => {
    const rows = shape(
      done("/f#0/a#0"),
      done("/g#0/a#0"),
      pass,
      done("/f#0/b#0"),
      done("/g#0/b#0"),
      done("/z#0"),
    );
    expect(rows.indexOf("event:3")).toBe(rows.indexOf("/z#0") - 1);
  });
  test("whose parent is on a page that has not been read stand at the top", () => {
    const [, , last] = treeFor(done("/f#0/a#0"), done("/f#0/b#0"));
    expect(rowsOf(last === undefined ? [] : [last], t)).toMatchObject([
      { entry: { id: "/f#0/b#0" }, depth: 0 },
    ]);
  });
  test("of a frame span all that is in it, and are open as long as something in it is", () => {
    const [frame] = rowsFor(done("/f#0/a#0", 1, { t: t + 5 }), tried("/f#0/b#0", 1));
    expect(frame).toMatchObject({ span: { from: t, to: t + 1_000 }, isOpen: true });
  });
  test("are many without taking long: each entry is looked at a few times", () => {
    const records = Array.from({ length: 3_000 }, (_, i) => done(`/f#0/a#${i}`));
    expect(rowsFor(...records)).toHaveLength(3_001);
  });
});

describe("the begin of a wait", () => {
  const begin = (id: string, ...records: Records) =>
    treeFor(...records).flatMap((entry) =>
      entry.kind === "checkpoint" && entry.id === id ? [entry.startedAt] : [],
    );
  test("is the end of what stands in front of it", () => {
    expect(begin("/w#0", done("/a#0", 1, { t: t + 20 }), wait("/w#0", 90))).toEqual([at(20)]);
  });
  test("is the begin of the run where nothing stands in front of it", () => {
    expect(begin("/w#0", wait("/w#0", 90))).toEqual([at(0)]);
  });
  test("in a frame is looked for there first, then around it", () => {
    const before = done("/a#0", 1, { t: t + 10 });
    expect(begin("/f#0/w#0", before, wait("/f#0/w#0", 90))).toEqual([at(10)]);
    expect(begin("/f#0/w#0", before, done("/f#0/b#0", 1, { t: t + 30 }), wait("/f#0/w#0", 90))).toEqual([
      at(30),
    ]);
  });
  test("does not follow a parallel branch that was still at work", () => {
    const records = [
      done("/g#0/a#0", 1, { t: t + 40 }),
      wait("/w#0", 90),
      done("/g#0/b#0", 1, { t: t + 95 }),
    ];
    expect(begin("/w#0", ...records)).toEqual([at(0)]);
  });
});

describe("why work went on", () => {
  const why = (...records: Records) => {
    const entries = treeFor(...records);
    const last = entries.filter(
      (entry): entry is RunHappening => entry.kind === "event" && entry.event === "pass",
    );
    return last.map((entry) => whyAgain(entry, entries)).at(-1);
  };
  test("a wait was over", () => {
    expect(why(done("/a#0"), { ...pass, t: t + 50 }, wait("/w#0", 51))).toBe("a wait was over");
  });
  test("the next try was due", () => {
    const retried = tried("/a#0", 1, { t: t + 10, retryAt: t + 500 });
    expect(why(retried, { ...pass, t: t + 500 }, done("/a#0", 1, { t: t + 510 }))).toBe(
      "the next try was due",
    );
  });
  test("it was resumed", () => {
    const resume = { kind: "resume", codeVersion: "2", isOtherCode: true, drops: [] } as const;
    expect(why(done("/a#0"), pass, resume, done("/b#0"))).toBe("it was resumed");
  });
  test("else the process was gone", () => {
    expect(why(done("/a#0"), { ...pass, t: t + 50 }, done("/b#0", 1, { started: t + 51, t: t + 60 }))).toBe(
      "the process that worked on it had ended",
    );
  });
});
