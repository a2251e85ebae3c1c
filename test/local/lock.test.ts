import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockFolder, lockHolder } from "../../local/lock.ts";
import { makeFolder, root } from "../world/place.ts";

async function place(): Promise<string> {
  const folder = await makeFolder("lock");
  onTestFinished(() => folder.remove());
  return folder.path;
}

/** A process that takes the lock of `folder`, says so, and keeps it until it is killed. */
async function holder(folder: string, then = "") {
  const lock = JSON.stringify(join(root, "dist", "local", "lock.js"));
  const code = `const { lockFolder } = await import(${lock});
    lockFolder(${JSON.stringify(folder)}).announce("http://127.0.0.1:1");
    ${then}
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("a second one is refused while a process holds the folder, and told its pid and address", async () => {
  const folder = await place();
  const { pid } = await holder(folder);
  const message = expect.stringContaining(`process ${pid} (http://127.0.0.1:1)`);
  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: "HF401", message }));
});

test("a holder that is killed leaves the folder free", async () => {
  const folder = await place();
  const child = await holder(folder);
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = lockFolder(folder);
  expect(lockHolder(folder)).toStrictEqual({ pid: process.pid });
  lock.release();
});

test("a lock whose holder keeps no reference to it stays held", async () => {
  const folder = await place();
  await holder(folder, "for (let n = 0; n < 5; n++) { await new Promise(setImmediate); globalThis.gc(); }");
  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: "HF401" }));
});

test("two of one process exclude each other too, and release frees", async () => {
  const folder = await place();
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: "HF401" }));
  lock.announce("http://a");
  expect(lockHolder(folder)).toStrictEqual({ pid: process.pid, url: "http://a" });
  lock.release();
  expect(existsSync(join(folder, "lock.json"))).toBe(false);
  lockFolder(folder).release();
});

test("a note that says nothing does not keep anybody out, nor in", async () => {
  const folder = await place();
  writeFileSync(join(folder, "lock.json"), "{");
  expect(lockHolder(folder)).toBeUndefined();
  const lock = lockFolder(folder);
  writeFileSync(join(folder, "lock.json"), "{");
  expect(() => lockFolder(folder)).toThrow(/another process/);
  lock.release();
});
