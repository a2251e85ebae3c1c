/** Run data encrypted on one machine, with real processes: what files show, and who can read them. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { localConfig } from "../../local/config.ts";
import { setEncryption } from "../../local/encryption-key.ts";
import { openFolderStore } from "../../local/folder-store.ts";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";

let folder: Folder;
let data: string;
let holdfast: Holdfast;

const source = `import { existsSync } from "node:fs";
import { metadata, step, task, wait } from "holdfast";
export const child = task({ id: "child", run: async ({ text }: { text: string }) => ({ child: text }) });
export const order = task({
  id: "order",
  retry: { maxAttempts: 1 },
  run: async ({ text, fixed }: { text: string; fixed: string }) => {
    metadata.set("seen", text);
    console.log("Seen:", text);
    const small = await step("small", async () => "small " + text);
    const large = await step("large " + text, async () => (text + " ").repeat(3_000));
    const ended = await child.triggerAndWait({ text });
    await wait.for({ seconds: 2 });
    if (!existsSync(fixed)) throw new Error("Nothing works with " + text);
    return { small, length: large.length, ended: ended.ok, output: text };
  },
});
`;

const start = (at = data, env: Record<string, string> = {}) =>
  startHoldfast({ project: folder.path, tasks: "tasks", data: at, command: "serve", env });

async function post(path: string, body: unknown): Promise<string> {
  return JSON.stringify((await holdfast.request("POST", `/api/v1/runs/${path}`, body)).body);
}

beforeAll(async () => {
  folder = await makeFolder("encryption");
  data = join(folder.path, "data");
  await mkdir(join(folder.path, "tasks"));
  await writeFile(join(folder.path, "tasks", "order.ts"), source);
  await linkHoldfast(folder.path);
});
afterAll(async () => {
  await holdfast?.stop();
  await folder?.remove();
});

/** All files below a folder. Links are not followed: one leads to Holdfast itself, where nothing of a run is. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Files in which a text stands. One that has gone since it was listed shows nothing. */
function filesWith(text: string, at = data): string[] {
  return filesBelow(at)
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => readFileSync(path).includes(text));
}

test("with HOLDFAST_ENCRYPTION=on no file of the data folder shows what runs were given, recorded, logged, threw or gave; all of it comes back after a kill, in a plan and in a resume", async () => {
  holdfast = await start(data, { HOLDFAST_ENCRYPTION: "on" });
  const key = join(data, "encryption.key");
  expect(statSync(key).mode & 0o777).toBe(0o600);
  const text = `canary ${randomBytes(12).toString("hex")}`;
  const fixed = join(folder.path, "fixed");
  const id = await holdfast.trigger("order", { text, fixed }, { metadata: { given: text } });
  await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
  expect(filesWith(text)).toEqual([]);
  await holdfast.killTree();
  expect(filesWith(text)).toEqual([]);
  // It is the folder's by now: nothing has to be said again.
  holdfast = await start();
  const failed = await holdfast.finished(id);
  expect(failed).toMatchObject({ status: "FAILED", error: { message: `Nothing works with ${text}` } });
  await writeFile(fixed, "");
  expect(await post(`${id}/resume/plan`, {})).toContain(`large ${text}`);
  expect(await post(`${id}/resume`, {})).toContain(id);
  const { status, output, payload } = await holdfast.finished(id);
  const expected = { small: `small ${text}`, length: (text.length + 1) * 3_000, ended: true, output: text };
  expect([status, output, payload]).toEqual(["COMPLETED", expected, { text, fixed }]);
  expect(JSON.stringify(await holdfast.checkpoints(id))).toContain(`large ${text}`);
  const lines = await holdfast.request("GET", `/api/v1/runs/${id}/logs`);
  expect(JSON.stringify(lines.body)).toContain(`Seen: ${text}`);
  expect(filesWith(text)).toEqual([]);
}, 120_000);

test("erasing a run shreds its key: it is in no page of the database and in no frame of its log any more", async () => {
  const id = await holdfast.trigger("child", { text: "somebody's" });
  await holdfast.finished(id);
  const db = new Database(join(data, "holdfast.db"), { readonly: true });
  const { head } = db.prepare("select head from runs where id = ?").get(id) as { head: string };
  db.close();
  const sealed = (JSON.parse(head) as { dataKey: string }).dataKey.split("\n")[1] ?? "";
  expect(sealed.length).toBeGreaterThan(40);
  expect(filesWith(sealed)).not.toEqual([]);
  expect(await post("erase", { runs: [id] })).toContain(`"erased":["${id}"]`);
  await expect.poll(() => filesWith(sealed)).toEqual([]);
}, 60_000);

test("without its key nobody reads the folder, and a folder that is encrypted does not go on without", async () => {
  const id = await holdfast.trigger("child", { text: "for whom it may concern" });
  await holdfast.finished(id);
  await holdfast.stop();
  expect(localConfig({ env: { HOLDFAST_ENCRYPTION: "off" } }).encryption).toBe(false);
  expect(() => localConfig({ env: { HOLDFAST_ENCRYPTION: "yes" } })).toThrow("HF406");
  expect(() => setEncryption(data, false)).toThrow("HF406");
  const stolen = join(folder.path, "stolen");
  await cp(data, stolen, { recursive: true });
  rmSync(join(stolen, "encryption.key"));
  setEncryption(stolen, true);
  const store = openFolderStore(stolen);
  onTestFinished(() => store.close());
  await expect(store.read(id)).rejects.toMatchObject({ code: "HF331" });
}, 60_000);
