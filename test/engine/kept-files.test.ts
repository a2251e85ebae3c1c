/**
 * Design §5.4: a file under the temporary folder that a result or an argument names is there in another process, too. The
 * processes that die here take the folder along.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { keepFiles } from "../../engine/kept-files.ts";
import { memorySpill } from "../../engine/memory-ports.ts";
import { bench } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-kept-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program; a crash at that store call takes every temporary file along. */
async function ran(body: string, crash?: { at: number; strike: "before" | "after" }) {
  let calls = 0;
  const made: string[] = [];
  const lib = {
    folder: () => mkdtemp(join(folder, "x-")),
    async download(text: string) {
      made.push(text);
      const path = join(await mkdtemp(join(folder, "x-")), `file "${text.slice(0, 3)}".bin`);
      await writeFile(path, text);
      return { path, bytes: text.length };
    },
    large: () => lib.download("x".repeat(9 * 1024 * 1024)),
    async bytes() {
      const { path } = await lib.download("bytes");
      await writeFile(path, Uint8Array.of(0, 255, 128));
      return { path };
    },
    readBytes: (path: string) => readFile(path),
    write: (path: string, text: string) => writeFile(path, text),
    append: (path: string, text: string) => appendFile(path, text),
    read: (path: string) => readFile(path, "utf8"),
    pack: ({ file }: { file: string }, text: string) => writeFile(file, text),
    copy: (from: string, to: string) => cp(from, join(to, "sub"), { recursive: true }),
    remove: (path: string) => rm(path),
    exists: async (path: string) => existsSync(path),
    rest: async () => undefined,
    fill: async (path: string, count: number) => {
      for (let number = 0; number < count; number++) await writeFile(join(path, String(number)), "x");
    },
  };
  const strike = () => {
    if (++calls !== crash?.at) return undefined;
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    return crash.strike;
  };
  const world = bench(`export const t = task({ id: "t", run: async () => { ${body} } });`, lib, {
    strike,
    realIo: true,
  });
  const run = await world.run("t");
  const value = run.status === "COMPLETED" ? await world.output(run) : run.error?.message;
  return { value, calls, made, printed: world.world.printed };
}

const programs: Readonly<Record<string, readonly [body: string, value: unknown]>> = {
  "in a folder that an argument names": [
    `const from = await lib.folder(); await lib.write(from + "/a", "1"); await lib.write(from + "/b", "2"); const to = await lib.folder();
     await lib.copy(from, to); await lib.rest(); await lib.remove(to + "/sub/b"); await lib.rest();
     return [await lib.read(to + "/sub/a"), await lib.exists(to + "/sub/b")];`,
    ["1", false],
  ],
  "that a result names": [
    `const { path } = await lib.download("one"); await lib.rest(); await lib.rest(); return await lib.read(path);`,
    "one",
  ],
  "larger than a record holds": [
    `const { path } = await lib.download("abc".repeat(100_000)); await lib.rest(); return (await lib.read(path)).length;`,
    300_000,
  ],
  "in a folder that a result names, written by a call that was given its path": [
    `const dir = await lib.folder(); const path = dir + "/x.txt"; await lib.write(path, "one"); await lib.append(path, " two"); await lib.rest(); return await lib.read(path);`,
    "one two",
  ],
  "among the options of the call that wrote it": [
    `const dir = await lib.folder(); const file = dir + "/x.tgz"; await lib.pack({ file, cwd: dir }, "one"); await lib.rest(); return await lib.read(file);`,
    "one",
  ],
  "of bytes that are no text": [
    `const { path } = await lib.bytes(); await lib.rest(); return [...(await lib.readBytes(path))];`,
    [0, 255, 128],
  ],
  "and one that was removed is not": [
    `const { path } = await lib.download("one"); await lib.remove(path); await lib.rest(); return await lib.exists(path);`,
    false,
  ],
};

describe("a temporary file is there wherever the process died", () => {
  test.each(Object.entries(programs))("%s", async (_, [body, value]) => {
    const plain = await ran(body);
    expect(plain.value).toEqual(value);
    const bad: string[] = [];
    for (let at = 1; at <= plain.calls; at++)
      for (const strike of ["before", "after"] as const) {
        const { value: found, made } = await ran(body, { at, strike });
        // A file of a call that was cut off may be half there: then that call is tried again, as it failed.
        if (!isDeepStrictEqual(found, value)) bad.push(`${strike} ${at}: ${JSON.stringify(found)}`);
        if (made.length > 2) bad.push(`${strike} ${at}: made ${made.length} times`);
      }
    expect(bad).toEqual([]);
  });

  test("larger than 8 MB: the run fails and says so, where it is gone", async () => {
    const body = `const { path } = await lib.large(); await lib.rest(); await lib.rest(); return (await lib.read(path)).length;`;
    const plain = await ran(body);
    expect(plain.value).toBe(9 * 1024 * 1024);
    const late = await ran(body, { at: plain.calls - 1, strike: "before" });
    expect(late.value).toMatch(/^HF320 .*file "xxx"\.bin, which lib\.large, tasks\/program\.ts:3 gave/);
  });

  test("of the temporary folder itself, and of what lies outside of it, nothing is read", async () => {
    const named = [`${tmpdir()}/`, `${tmpdir()}/./`, `${tmpdir()}/../`];
    const kept = await Promise.all(
      named.map((path) => keepFiles({ ports: { spill: memorySpill() } }, "u", [path])),
    );
    expect(kept.flat().filter((file) => file?.is !== "folder")).toEqual([]);
    expect(kept.flat()).toHaveLength(named.length);
  });

  test("in a folder of more than 500: the run's log says that they are not kept", async () => {
    const filled = (count: number) =>
      ran(
        `const dir = await lib.folder(); await lib.fill(dir, ${count}); return await lib.exists(dir + "/7");`,
      );
    expect((await filled(500)).printed).toEqual([]);
    const { value, printed } = await filled(501);
    expect(value).toBe(true);
    expect(printed.join("\n")).toMatch(/HF320 .* holds 501 files and folders, and a journal keeps 500/);
  });
});
