import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { memorySpill } from "../../engine/memory-ports.ts";
import { fileSpill } from "../../local/spill.ts";
import { makeFolder } from "../world/place.ts";

async function place(): Promise<string> {
  const folder = await makeFolder("spill");
  onTestFinished(() => folder.remove());
  return folder.path;
}

const files = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

const makes = { memory: async () => memorySpill(), files: async () => fileSpill(await place()) };

test.each(Object.entries(makes))(
  "in %s, a text comes back as it was, and the same text has the same reference",
  async (_, make) => {
    const spill = await make();
    for (const text of ["", "a", "ü\u0000😀\r\n", "x".repeat(5_000_000)]) {
      const ref = await spill.put(text);
      expect(await spill.put(text)).toBe(ref);
      expect((await spill.get(ref)) === text).toBe(true);
    }
    expect(await spill.put("a")).not.toBe(await spill.put("b"));
  },
);

test.each(Object.entries(makes))("in %s, a reference to nothing is refused as HF305", async (_, make) => {
  const spill = await make();
  for (const ref of ["0".repeat(64), "", "../../lock.json", "A".repeat(64)]) {
    await expect(spill.get(ref)).rejects.toMatchObject({ code: "HF305" });
  }
});

test("memory and files give one text one reference", async () => {
  expect(await memorySpill().put("a")).toBe(await (await makes.files()).put("a"));
});

test("a spilled value is there for the next process, and no unfinished file is beside it", async () => {
  const folder = await place();
  const refs = await Promise.all(["a", "b", "a", "a"].map((text) => fileSpill(folder).put(text)));
  expect(new Set(refs).size).toBe(2);
  expect(await fileSpill(folder).get(refs[0] ?? "")).toBe("a");
  expect(await files(folder)).toHaveLength(2);
});

test("a damaged value is never given out", async () => {
  const folder = await place();
  const spill = fileSpill(folder);
  const ref = await spill.put("the whole value");
  const path = join(folder, "values", ref.slice(0, 2), ref.slice(2));
  expect(await readFile(path, "utf8")).toBe("the whole value");
  await writeFile(path, "the whole");
  await expect(spill.get(ref)).rejects.toMatchObject({ code: "HF305" });
});

test("a value that cannot be written is refused, and no reference is given out", async () => {
  const folder = await place();
  await writeFile(join(folder, "values"), "a file where the folder should be");
  await expect(fileSpill(folder).put("a")).rejects.toThrow();
});

test("a value that was just put is let be; an old one goes, and may be put again", async () => {
  const folder = await place();
  const spill = fileSpill(folder);
  const ref = await spill.put("a value");
  expect(await spill.remove(ref)).toBe(false);
  const path = join(folder, "values", ref.slice(0, 2), ref.slice(2));
  const old = new Date(Date.now() - 3_600_000);
  await utimes(path, old, old);
  // Whoever puts it again has it for the next minute: it has yet to write down that it refers to it.
  await spill.put("a value");
  expect(await spill.remove(ref)).toBe(false);
  await utimes(path, old, old);
  expect(await spill.remove(ref)).toBe(true);
  expect(await files(folder)).toEqual([]);
  expect(await spill.remove(ref)).toBe(true);
  expect(await spill.remove("../../lock.json")).toBe(true);
  expect(await spill.get(await spill.put("a value"))).toBe("a value");
});
