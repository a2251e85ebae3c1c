/** What was written and read through the handle of a file (`open` of `node:fs/promises`) is so behind a crash and a wait. */
import { pbkdf2 } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Testkit } from "../../testing/types.ts";
import { imports, kitOf, outside } from "./kit.ts";

/** A folder that no process of a run empties. */
const folder = mkdtempSync(join(tmpdir(), "holdfast-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const top = `import { constants } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
const temporary = async () => join(await mkdtemp(join(tmpdir(), "x-")), "file.txt");
`;
const lasting = (id: string): string => `join(${JSON.stringify(folder)}, ${JSON.stringify(id)} + ctx.run.id)`;

async function prepared(body: string): Promise<Testkit> {
  outside({
    act: async (what: string) => what,
    put: async (path: string, text: string) => writeFileSync(path, text),
  });
  return kitOf(
    `${imports}${top}export const t = task({ id: "t", run: async (_: unknown, { ctx }) => { ${body} } });`,
  );
}

const reset = (): void => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
};

test.each([
  [
    "a lasting file, written anew",
    `const path = ${lasting("w")}; const file = await open(path, "w");
     await file.write("one,"); await outside.act("x"); await file.write("two,"); await outside.act("y"); await file.writeFile("three"); await file.close();
     await outside.act("z"); return await readFile(path, "utf8");`,
    "one,two,three",
  ],
  [
    "a lasting file that is made shorter and written at places, by flags in numbers",
    `const path = ${lasting("n")}; const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC);
     await file.write("abcdef"); await outside.act("x"); await file.truncate(3); await file.write(Buffer.from("X"), 0, 1, 1); await outside.act("y");
     const { size } = await file.stat(); const read = Buffer.alloc(8); const { bytesRead } = await file.read(read, 0, 8, 0); await file.close();
     return [size, bytesRead, read.toString("utf8", 0, bytesRead)];`,
    [3, 3, "aXc"],
  ],
  [
    "a temporary file, over a wait",
    `const path = await temporary(); { await using file = await open(path, "a"); await file.write("one"); await wait.for({ seconds: 5 }); await file.write("two"); }
     await outside.act("x"); return await readFile(path, "utf8");`,
    "onetwo",
  ],
  [
    "a temporary file that another call has begun",
    `const path = await temporary(); await outside.put(path, "begun,"); const file = await open(path, "a");
     try { await file.appendFile("more"); await outside.act("x"); } finally { await file.close(); }
     await outside.act("y"); return await readFile(path, "utf8");`,
    "begun,more",
  ],
  [
    "a buffer that is used again for each piece",
    `const path = await temporary(); const file = await open(path, "w"); const piece = Buffer.alloc(2);
     for (const text of ["ab", "cd", "ef"]) { piece.write(text); await file.write(piece); await outside.act(text); }
     await file.sync(); await file.close(); return [await readFile(path, "utf8"), piece.toString()];`,
    ["abcdef", "ef"],
  ],
  [
    "lines that are read through a handle, behind writes",
    `const path = await temporary(); const file = await open(path, "w+");
     for (const line of ["a", "b"]) { await file.appendFile(line + "\\n"); await outside.act(line); }
     await file.close(); const reading = await open(path); const lines: string[] = [];
     for await (const line of reading.readLines()) { lines.push(line); await outside.act("read " + line); }
     await reading.close(); return lines;`,
    ["a", "b"],
  ],
])("%s: the same wherever it crashes", async (_, body, expected) => {
  const kit = await prepared(body);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual(expected);
  const { runs, findings } = await kit.crashEverywhere("t", undefined, { seeds: 2, reset });
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(10);
});

test.each([
  [
    "appended to a lasting file",
    `const path = ${lasting("a")}; const file = await open(path, "a");
     await file.write("one,"); await outside.act("x"); await file.appendFile("two,"); await file.close();
     const again = await open(path, "a"); await again.write("three"); await outside.act("y"); await again.close();
     return await readFile(path, "utf8");`,
    "one,two,three",
  ],
  [
    "written into a lasting file that must not be there before",
    `const path = ${lasting("wx")}; const lock = await open(path, "wx"); await lock.write("mine"); await outside.act("x"); await lock.close();
     const left = await readFile(path, "utf8"); await rm(path); return left;`,
    "mine",
  ],
])("what is recorded is not %s again", async (_, body, expected) => {
  const kit = await prepared(body);
  const { calls } = await kit.run("t");
  for (let call = 1; call <= calls.length; call++) {
    reset();
    const { output, passes } = await kit.run("t", undefined, { crash: [{ when: "before", call }] });
    expect([call, output, passes]).toEqual([call, expected, 2]);
  }
});

test("a file whose handle nobody uses behind a crash stays as it is", async () => {
  const path = join(folder, "kept.txt");
  outside({ act: async (what: string) => what });
  const kit = await kitOf(`${imports}${top}export const t = task({ id: "t", run: async () => {
    const file = await open(${JSON.stringify(path)}, "w");
    await file.write("kept");
    await outside.act("x");
    throw new AbortTaskRunError("enough");
  } });`);
  const report = await kit.run("t", undefined, { crash: [{ when: "after", call: 3 }] });
  expect([report.status, report.passes]).toEqual(["FAILED", 2]);
  expect(readFileSync(path, "utf8")).toBe("kept");
});

test("a file that was read through a stream and moved then: that it is not there any more ends nothing", async () => {
  // Files are opened by Node's four threads: while these compute, what comes behind the stream is replayed.
  const busy = (): void => {
    for (let thread = 0; thread < 4; thread++) pbkdf2("x", "y", 10_000, 32, "sha256", () => {});
  };
  outside({ act: async (what: string) => what, busy });
  const kit = await kitOf(`${imports}${top}import { createReadStream } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
export const t = task({ id: "t", run: async () => {
    const path = await temporary(); await writeFile(path, "a\\nb\\n"); const lines: string[] = [];
    outside.busy();
    for await (const line of createInterface({ input: createReadStream(path).pipe(new PassThrough()) })) lines.push(await outside.act(line));
    await rename(path, path + ".done"); await outside.act("x");
    return [lines, await readFile(path + ".done", "utf8")];
  } });`);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings).toEqual([]);
});
