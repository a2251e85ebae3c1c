/** The secrets of tasks on one machine, with real processes: their versions, and where their values never are. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeSecrets } from "../../local/local-secrets.ts";
import { foundIn, makeCanaries } from "../canaries/canaries.ts";
import { command, type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { cli, type Folder, linkHoldfast, makeFolder, root } from "../world/place.ts";

let folder: Folder;
let data: string;
let holdfast: Holdfast;
const canaries = makeCanaries();

const keys = `export const atTop = process.env.ROTATED;
export const fromPackage = () => process.env.ROTATED;
`;
const source = `import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import nodeProcess, { env } from "node:process";
import { setTimeout } from "node:timers/promises";
import { secret, step, task, wait } from "holdfast";
import { atTop, fromPackage } from "./keys.ts";

const mine = secret("ROTATED");
const hash = (text: string | undefined) => createHash("sha256").update(String(text)).digest("hex");
const seen = () =>
  [mine, atTop, fromPackage(), secret("ROTATED"), process.env.ROTATED, env.ROTATED, nodeProcess.env.ROTATED, { ...process.env }.ROTATED].map(hash);

const run = async ({ open, seconds = 2 }: { open?: string; seconds?: number }) => {
  const pid = process.pid;
  const first = seen();
  if (open !== undefined) while (!(await step("open?", async () => existsSync(open)))) await step("waiting", () => setTimeout(20));
  const held = await step("held", async () => secret("ROTATED"));
  await wait.for({ seconds });
  return { pid, first, second: seen(), held: hash(held) };
};
export const pinned = task({ id: "pinned", run });
export const latest = task({ id: "latest", secrets: "latest", run });
export const missing = task({ id: "missing", retry: { maxAttempts: 1 }, run: async () => secret("NOT_THERE") });
`;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const lineOf = ([name, value]: [string, string]): string =>
  value.includes("\n") || value.includes('"') ? `${name}='${value}'` : `${name}="${value}"`;

function secrets(args: readonly string[], input = ""): string {
  const done = spawnSync(process.execPath, [cli, "secrets", ...args, "--data", data], {
    input,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`holdfast secrets ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout + done.stderr;
}

/** As `holdfast secrets set` does it, without a process for each. */
const setLocally = (value: string): void => {
  changeSecrets(data, Date.now(), ({ env, set }) => ({ env, set: { ...set, ROTATED: value } }));
};

const restart = async (): Promise<void> => {
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
};

beforeAll(async () => {
  folder = await makeFolder("secrets");
  data = join(folder.path, "data");
  await mkdir(join(folder.path, "tasks"));
  await writeFile(join(folder.path, "tasks", "keys.ts"), keys);
  await writeFile(join(folder.path, "tasks", "rotating.ts"), source);
  await cp(join(root, "test", "canaries", "tasks", "canaries.ts"), join(folder.path, "tasks", "canaries.ts"));
  await writeFile(
    join(folder.path, ".env"),
    Object.entries({ ...canaries, ROTATED: "the value of .env" })
      .map(lineOf)
      .join("\n"),
  );
  await linkHoldfast(folder.path);
  secrets(["set", "ROTATED"], "the first value\n");
  await restart();
});
afterAll(async () => {
  await holdfast?.stop();
  await folder?.remove();
});

interface Seen {
  readonly pid: number;
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly held: string;
}
const seenBy = async (id: string): Promise<Seen> => (await holdfast.finished(id)).output as Seen;
const all = (text: string): string[] => Array(8).fill(hash(text)) as string[];

test("a run keeps the secrets that it began with; two runs on two versions meet in one process, and each sees its own", async () => {
  const open = join(folder.path, "open");
  const before = await Promise.all([1, 2, 3, 4].map(() => holdfast.trigger("pinned", { open })));
  const follows = await holdfast.trigger("latest", { open });
  await expect.poll(async () => (await holdfast.run(follows)).status).toBe("EXECUTING");
  for (const id of before) await expect.poll(async () => (await holdfast.run(id)).status).toBe("EXECUTING");
  secrets(["set", "ROTATED"], "the second value");
  await new Promise((done) => setTimeout(done, 1_200));
  const after = await Promise.all([1, 2, 3, 4].map(() => holdfast.trigger("pinned", {})));
  await writeFile(open, "");
  const [first, second] = [await Promise.all(before.map(seenBy)), await Promise.all(after.map(seenBy))];
  for (const { first: began, second: ended, held } of first)
    expect([began, ended, held]).toEqual([
      all("the first value"),
      all("the first value"),
      hash("the first value"),
    ]);
  for (const { first: began, second: ended } of second)
    expect([began, ended]).toEqual([all("the second value"), all("the second value")]);
  const pids = new Set(first.map(({ pid }) => pid));
  expect(second.some(({ pid }) => pids.has(pid))).toBe(true);
  // One that wants the newest has it from its next pass on; what it has recorded stays what it was.
  const { first: began, second: ended, held } = await seenBy(follows);
  expect([began, ended, held]).toEqual([
    all("the second value"),
    all("the second value"),
    hash("the first value"),
  ]);
}, 60_000);

test("a variable that is changed by the API is a version: runs that begin then see it, one that has begun keeps its own", async () => {
  const at = "/api/v1/projects/proj_orders/envvars/prod";
  const before = await holdfast.trigger("pinned", {});
  await expect.poll(async () => (await holdfast.run(before)).status).toBe("WAITING");
  const { status, body } = await holdfast.request("PUT", `${at}/ROTATED`, { value: "a value by the API" });
  expect([status, body]).toEqual([200, { success: true }]);
  await new Promise((done) => setTimeout(done, 1_200));
  const [kept, fresh] = [await seenBy(before), await seenBy(await holdfast.trigger("pinned", {}))];
  expect([kept.first, kept.second]).toEqual([all("the second value"), all("the second value")]);
  expect([fresh.first, fresh.held]).toEqual([all("a value by the API"), hash("a value by the API")]);
  const listed = await holdfast.request("GET", at);
  expect(listed.body).toContainEqual({ name: "ROTATED", value: "<redacted>", isSecret: true });
  expect(JSON.stringify(listed.body)).not.toContain("by the API");
  expect(holdfast.output()).not.toContain("a value by the API");
  expect(secrets(["list"])).toMatch(/ROTATED +set/);
}, 60_000);

test("names of secrets and their versions can be asked for, the current one first: no value is in the answer", async () => {
  const { body } = await holdfast.request("GET", "/api/v1/secrets");
  const { data, versions } = body as { data: object[]; versions: { version: string }[] };
  expect(data).toContainEqual({ name: "ROTATED", from: "set" });
  expect(JSON.stringify(data)).not.toContain("HOLDFAST_");
  const { id } = await holdfast.finished(await holdfast.trigger("pinned", {}));
  const { secretVersion } = await holdfast.run(id);
  expect(versions[0]).toEqual({
    version: secretVersion,
    isCurrent: true,
    createdAt: expect.stringMatching(/^\d{4}-/),
  });
  const numbers = versions.map(({ version }) => Number(version));
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  const text = JSON.stringify(body);
  for (const value of [...Object.values(canaries), "a value by the API"]) expect(text).not.toContain(value);
}, 60_000);

test("a secret that is not there is told with the names that are; a revoked version gives way to the current one, and the run says so", async () => {
  const lost = await holdfast.finished(await holdfast.trigger("missing", {}));
  expect(lost.status).toBe("FAILED");
  expect(lost.error?.message).toMatch(
    /^HF551 There is no secret "NOT_THERE"\. There are: CANARY_000, .*ROTATED\./,
  );
  // Long enough for two commands, on a busy machine too.
  const id = await holdfast.trigger("pinned", { seconds: 10 });
  await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
  const { secretVersion } = await holdfast.run(id);
  secrets(["set", "ROTATED"], "the third value");
  secrets(["revoke", String(secretVersion)]);
  await holdfast.killTree();
  await restart();
  const { second, held } = await seenBy(id);
  expect(second).toEqual(all("the third value"));
  // What was recorded of the version that is gone is put back as the current value.
  expect(held).toBe(hash("the third value"));
  const { secretVersion: now, secretReplaced } = await holdfast.run(id);
  expect([Number(now), secretReplaced]).toEqual([
    Number(secretVersion) + 1,
    { version: secretVersion, at: expect.stringMatching(/^\d{4}-/) },
  ]);
}, 60_000);

test("one run alone is put on the current version at somebody's word, from its next pass on; another on the same version stays there", async () => {
  const open = join(folder.path, "open for the repinned");
  const [id, other] = [
    await holdfast.trigger("pinned", { open }),
    await holdfast.trigger("pinned", { open }),
  ];
  for (const each of [id, other])
    await expect.poll(async () => (await holdfast.run(each)).status).toBe("EXECUTING");
  const { secretVersion } = await holdfast.run(id);
  secrets(["set", "ROTATED"], "the value behind a leak");
  const said = secrets(["repin", id, "--key", secretKey]);
  await writeFile(open, "");
  const [moved, stayed] = [await seenBy(id), await seenBy(other)];
  expect(moved.second).toEqual(all("the value behind a leak"));
  // What was recorded stays what it was.
  expect(moved.held).toBe(hash("the third value"));
  expect(stayed.second).toEqual(all("the third value"));
  const now = await holdfast.run(id);
  expect(now).toMatchObject({ secretReplaced: { version: secretVersion } });
  expect(said).toContain(`from version ${secretVersion} to ${now.secretVersion}`);
  expect(holdfast.output()).toContain("put on another version of the secrets");
  expect((await holdfast.run(other)).secretVersion).toBe(secretVersion);
  expect(said + holdfast.output()).not.toContain("behind a leak");
}, 60_000);

test("all runs of a version are put on the current one at somebody's word; a run whose version was taken away by a hundred newer ones goes on with the current one, and says so", async () => {
  const open = join(folder.path, "open for all of a version");
  const ids = [await holdfast.trigger("pinned", { open }), await holdfast.trigger("pinned", { open })];
  for (const each of ids) await expect.poll(async () => (await holdfast.run(each)).status).toBe("EXECUTING");
  const { secretVersion: first } = await holdfast.run(ids[0] ?? "");
  secrets(["set", "ROTATED"], "the value behind all");
  // What a runner knows of versions is a second old at most: behind that it looks anew.
  await new Promise((done) => setTimeout(done, 1_200));
  const second = await holdfast.trigger("pinned", { open });
  await expect.poll(async () => (await holdfast.run(second)).status).toBe("EXECUTING");
  const said = JSON.parse(secrets(["repin", "--all-of", String(first), "--key", secretKey, "--json"]));
  const { secretVersion: current } = await holdfast.run(second);
  const those = ids.map((id) => ({ id, from: first, secretVersion: current }));
  expect(said.repinned).toHaveLength(2);
  expect(said.repinned).toEqual(expect.arrayContaining(those));
  // On the current version nothing changes. A hundred newer ones take it away.
  const none = JSON.parse(secrets(["repin", "--all-of", String(current), "--key", secretKey, "--json"]));
  expect(none).toEqual({ repinned: [] });
  for (let n = 1; n <= 100; n++) setLocally(`value ${n} of a hundred`);
  await writeFile(open, "");
  for (const id of [...ids, second]) {
    expect((await seenBy(id)).second).toEqual(all("value 100 of a hundred"));
    const secretVersion = String(Number(current) + 100);
    expect(await holdfast.run(id)).toMatchObject({ secretVersion, secretReplaced: { version: current } });
  }
}, 120_000);

test("of 100 secrets that go through every way out of a task none is in a file, an answer or a line; all come back whole on replay", async () => {
  const id = await holdfast.trigger("canaries", {});
  await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
  await holdfast.killTree();
  const printed = holdfast.output();
  await restart();
  const run = await holdfast.finished(id, 30_000);
  const output = run.output as { broken: string[]; lost: string; output: string; top: string };
  expect(run.status).toBe("COMPLETED");
  expect(output).toMatchObject({
    broken: [],
    output: "[secret CANARY_008]",
    top: hash(canaries.CANARY_000 ?? ""),
  });
  expect((await holdfast.finished(output.lost)).status).toBe("FAILED");
  const { body } = await holdfast.request("GET", "/api/v1/runs?limit=100");
  const ids = (body as { data: { id: string }[] }).data.map((each) => each.id);
  const answers: unknown[] = [body];
  for (const each of ids)
    for (const path of [
      `/api/v3/runs/${each}`,
      `/api/v1/runs/${each}/checkpoints`,
      `/api/v1/runs/${each}/logs?limit=1000`,
    ])
      answers.push((await holdfast.request("GET", path)).body);
  const listed = await command(folder.path, ["dlq", "list", "--data", data]);
  await holdfast.stop();
  const texts = JSON.stringify(answers);
  expect(texts).toContain("[secret CANARY_099]");
  expect(foundIn(texts, canaries)).toEqual([]);
  expect(
    foundIn(
      printed + holdfast.output() + listed.output + secrets(["list"]) + secrets(["list", "--json"]),
      canaries,
    ),
  ).toEqual([]);
  expect(
    filesIn(data).flatMap((path) =>
      foundIn(readFileSync(path), canaries).map((name) => `${name} in ${path}`),
    ),
  ).toEqual([]);
  await restart();
}, 90_000);

/** Every file but those that hold the secrets, which only their owner may read. */
function filesIn(at: string): string[] {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    if (entry.name === "secrets" && at === data) {
      const modes = readdirSync(path).map((name) => statSync(join(path, name)).mode & 0o777);
      expect([statSync(path).mode & 0o777, ...new Set(modes)]).toEqual([0o700, 0o600]);
      return [];
    }
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}
