/**
 * Least privilege, both ways: a set of scenarios that use all that the functions can do is refused nothing by the
 * template's policies, and leaves no grant unused; statements that are taken away are missed.
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { awsTransport } from "../../functions/aws/index.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { apiClient } from "../../sdk/client.ts";
import { type Ledger, startLedger } from "../heavy/ledger.ts";
import { command, secretKey, webhookSecret } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { kill } from "../world/processes.ts";
import { calls, every } from "./faults.ts";
import { finding } from "./finding.ts";
import { housekeeping } from "./housekeeping.ts";
import { describe, dynamodb, test } from "./on-java.ts";
import { handOvers, overseeing } from "./overseeing.ts";
import { asRole, environmentOf, installCdk } from "./person.ts";
import { planning } from "./planning.ts";
import { linesOf } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";
import { losePayload, takenAway } from "./taken-away.ts";

let ledger: Ledger;
let project: Folder;
let stack: Stack;
let made = 0;
let changed = ""; // what was deployed last

beforeAll(async () => {
  [ledger, project] = await Promise.all([startLedger(), makeFolder("grants")]);
  const tasks = join(project.path, "tasks");
  await cp(join(root, "test", "aws", "tasks"), tasks, { recursive: true });
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  const yearly = `import { schedules } from "holdfast";
export const yearly = schedules.task({ id: "yearly", cron: "@yearly", run: async () => {} });`;
  await writeFile(join(tasks, "yearly.ts"), yearly);
  await linkHoldfast(project.path);
  stack = await startStack({ tasks, callers: true, traces: "xray" }, { minuteMs: 0, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
  await ledger?.close();
});

const start = (task: string, more: object = {}, options: Readonly<Record<string, unknown>> = {}) => {
  made += 1;
  return stack.trigger(task, { ledger: ledger.url, name: `${task}-${made}`, ...more }, options);
};

/** Has the timer tick until a run has a status. */
async function tickUntil(id: string, statuses: readonly string[]): Promise<void> {
  for (let patience = 0; patience < 100; patience++) {
    if (statuses.includes((await stack.run(id)).status)) return;
    await stack.bench.rules.fire();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Run ${id} is ${(await stack.run(id)).status}.`);
}

test("in AWS a first key is made by who deploys, shown once, and kept as a hash alone", async () => {
  const { bench } = stack;
  bench.secrets.empty();
  await installCdk(project.path, bench);
  const deployer = environmentOf(asRole(bench, "Deployer"));
  const holdfast = (...args: string[]) => command(project.path, args, deployer);
  const first = await holdfast("deploy", "Orders", "--require-approval", "never", "-c", "a=b");
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining('cdk was told ["Orders","--require-approval","never","-c","a=b"]'),
  });
  const [key = ""] = /^hf_live_[0-9A-Za-z]{43}$/m.exec(first.output) ?? [];
  expect(bench.secrets.values()).toEqual({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
  bench.secrets.put({ HOLDFAST_WEBHOOK_SECRET: webhookSecret });
  expect(JSON.stringify([bench.secrets.values(), bench.proxy.records, bench.log])).not.toContain(key);
  expect((await holdfast("deploy")).output).not.toMatch(/hf_live_/);
  // One more, as for a second caller; and that of the tests.
  const another = await holdfast("key", "--stack", "Orders", "--another");
  const [second = ""] = /^hf_live_\w{43}$/m.exec(another.output) ?? [];
  const hashes = [second, key, secretKey].map(hashOfKey);
  expect(bench.secrets.values()).toEqual({
    HOLDFAST_KEY_HASHES: hashes.slice(0, 2).join(" "),
    HOLDFAST_WEBHOOK_SECRET: webhookSecret,
  });
  bench.secrets.put({ HOLDFAST_KEY_HASHES: hashes.join(" ") });
  for (const each of [key, second]) {
    const headers = { authorization: `Bearer ${each}` };
    expect((await fetch(`${stack.url}/api/v1/tasks`, { headers })).status).toBe(200);
  }
});

test("the command line reaches a stack with its caller's rights in AWS, and without a key", async () => {
  const as = (role: string, ...args: string[]) =>
    command(project.path, args, environmentOf(asRole(stack.bench, role)));
  const payload = JSON.stringify({ ledger: ledger.url, name: "by-hand" });
  const done = await as("Deployer", "trigger", "ten", payload, "--wait", "--json", "--stack", "Orders");
  const run = JSON.parse(done.output) as { id: string; status: string };
  const lines = await as("Deployer", "logs", run.id, "--stack", "Orders");
  expect([run.status, lines.code]).toEqual(["COMPLETED", 0]);
  const said = (await as("Deployer", "secrets", "log", "--stack", "Orders")).output;
  expect(said).toMatch(/cloudtrail .*=arn:aws:/);
  const refused = await as("Stranger", "runs", "list", "--stack", "Orders");
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringMatching(/HF515 .*not authorized to perform: cloudformation:DescribeStacks/),
  });
});

test("callers: trigger with a key, look at runs and trees, cancel", async () => {
  const id = await start("ten", {}, { idempotencyKey: "once" });
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
  // With another payload, which is told in the api's log.
  expect(await start("ten", {}, { idempotencyKey: "once" })).toBe(id);
  expect((await stack.checkpoints(id)).length).toBeGreaterThanOrEqual(10);
  expect((await stack.request("GET", "/api/v1/runs")).status).toBe(200);
  const rests = await start("rests", { seconds: 600 });
  await expect.poll(async () => (await stack.run(rests)).status).toBe("WAITING");
  expect((await stack.request("POST", `/api/v2/runs/${rests}/cancel`)).status).toBe(200);
  expect(await stack.finished(rests)).toMatchObject({ status: "CANCELED" });
});

test("a run waits for a token, which is completed at its own address without a key", async () => {
  const id = await start("approval");
  await expect.poll(async () => (await stack.run(id)).status).toBe("WAITING");
  const listed = await stack.request("GET", `/api/v1/waitpoints/tokens?tag=approval-${made}`);
  const { data } = listed.body as { readonly data: readonly { readonly url: string }[] };
  const url = new URL(data[0]?.url ?? "");
  const answer = await fetch(`${stack.url}${url.pathname}`, { method: "POST", body: "yes" });
  expect(answer.status).toBe(200);
  const run = await stack.finished(id);
  expect(run).toMatchObject({
    status: "COMPLETED",
    output: [expect.stringMatching(/^https:.*amazonaws/), "yes"],
  });
  expect(new URL((run.output as string[])[0] ?? "").pathname).toBe(url.pathname);
});

/** A client that calls as a role of the stack's, without a key. */
function clientAs(role: "Shop" | "Stranger") {
  const functionName = stack.bench.template.ref(stack.bench.functionId("ApiFunction"));
  const transport = awsTransport({ functionName, ...asRole(stack.bench, role) });
  return apiClient({ baseUrl: "", secretKey: undefined, transport });
}

test("a role with grantTrigger triggers, waits for runs, lists and cancels them, without a key", async () => {
  const shop = clientAs("Shop");
  const payload = { ledger: ledger.url, name: "by-iam" };
  const { id } = await shop.trigger("ten", payload);
  expect(await shop.retrieveRun(id, { waitSeconds: 25 })).toMatchObject({ status: "COMPLETED", payload });
  const { runs } = await shop.batchTrigger([{ task: "rests", payload: { ...payload, seconds: 600 } }]);
  const [rests] = runs.map((run) => run.id);
  expect(await shop.cancelRun(String(rests))).toEqual({ id: rests });
  expect(await stack.finished(String(rests))).toMatchObject({ status: "CANCELED" });
  expect((await shop.listRuns({ limit: 10 })).data.map((run) => run.id)).toContain(id);
  const keys = stack.bench.proxy.records.filter(({ caller }) => caller === "Shop");
  expect(keys.every(({ action }) => action === "Invoke")).toBe(true);
});

test("in AWS a caller without the grant is refused by IAM, and starts nothing", async () => {
  const { records } = stack.bench.proxy;
  const before = records.length;
  await expect(clientAs("Stranger").trigger("ten", {})).rejects.toThrow(
    /HF515 .*is not authorized to perform: lambda:InvokeFunction/,
  );
  expect(records.slice(before).filter(({ action }) => action === "PutItem")).toEqual([]);
});

test("nobody passes for such a role over HTTP", async () => {
  const path = "/api/v1/tasks/ten/trigger";
  const sent = { holdfast: "request", method: "POST", path, headers: {}, body: "{}" };
  const headers = { "content-type": "application/json", holdfast: "request" };
  const body = JSON.stringify(sent);
  const answer = await fetch(`${stack.url}${path}?holdfast=request`, { method: "POST", headers, body });
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: "HF202" }]);
});

test("`npm run smoke` finds the deployment well, with a run of a task to its end", async () => {
  const payload = JSON.stringify({ ledger: ledger.url, name: "smoke-1" });
  const args = ["--url", stack.url, "--key", secretKey, "--task", "ten", "--payload", payload];
  const { code, output } = await command(project.path, ["smoke", ...args]);
  expect([code, output]).toEqual([0, expect.stringMatching(/10 checkpoint\(s\)/)]);
});

test("a run that fails leaves its letter; its stack names the author's own line", async () => {
  const id = await start("fails");
  const { status, error } = await stack.finished(id);
  const source = (await readFile(join(project.path, "tasks", "scenes.ts"), "utf8")).split("\n");
  const line = source.findIndex((each) => each.includes("It is no use.")) + 1;
  const ownLine = expect.stringContaining(`/tasks/scenes.ts:${line}:`);
  expect([status, error]).toMatchObject(["FAILED", { stackTrace: ownLine }]);
  const letters = () => stack.bench.queues.messages(stack.bench.queue("DeadLetters"));
  // It is sent once the end is stored.
  await expect.poll(() => letters().length, { timeout: 30_000 }).toBeGreaterThan(0);
  expect(JSON.parse(letters()[0]?.body ?? "{}")).toMatchObject({
    runId: id,
    error: { stack: ownLine },
    attemptCount: 1,
    resume: `holdfast resume ${id}`,
  });
});

test("values above 32 KB are kept and got back; one that is gone is told as gone", async () => {
  const text = "payload ".repeat(5_000);
  const id = await start("large", { text });
  const run = await stack.finished(id);
  expect([run.status, run.payload]).toMatchObject(["COMPLETED", { text }]);
  await losePayload(stack.bench, 0);
  expect(await stack.run(id)).toMatchObject({ output: run.output, payloadError: { code: "HF305" } });
  const late = await start("large", { text: `late ${text}` }, { delay: "1s" });
  await losePayload(stack.bench);
  await stack.finished(late);
  expect(await stack.run(late)).toMatchObject({ status: "FAILED", error: { code: "HF305" } });
});

test("an output over 4 MB is fetched from the bucket itself, by a link that opens nothing else and ends", async () => {
  const id = await start("prints", { length: 5_000_000 });
  const { outputPresignedUrl: link } = await stack.finished(id);
  const client = apiClient({ baseUrl: stack.url, secretKey });
  expect(await client.retrieveRun(id)).toMatchObject({ output: expect.stringMatching(/^x{5000000}$/) });
  const url = new URL(String(link));
  expect([url.pathname, Number(url.searchParams.get("X-Amz-Expires"))]).toEqual([
    expect.stringMatching(/\/values\/\w\w\/\w{62}$/),
    900,
  ]);
  expect((await fetch(url)).status).toBe(200);
  const others = [
    String(url).replace("/values/", "/others/"),
    String(url).replace("Expires=900", "Expires=999999"),
    String(url).replace(/Date=\d+/, "Date=20260101"),
    String(url).replace(/Signature=\w+/, "Signature=00"),
  ];
  const statuses = await Promise.all(others.map((each) => fetch(each).then(({ status }) => status)));
  expect(statuses).toEqual([403, 403, 403, 403]);
});

test("the timer rings for a run whose ring was lost, and frees one whose pass died", async () => {
  const takeBack = stack.bench.proxy.faults.add(every(calls("SendMessage"), 1, [{ kind: "lose" }]));
  const lost = await start("ten");
  takeBack();
  await tickUntil(lost, ["COMPLETED"]);
  const slow = await start("slow", { seconds: 2 });
  await expect.poll(async () => (await stack.run(slow)).status).toBe("EXECUTING");
  for (const pid of stack.dispatchers()) kill(pid);
  await tickUntil(slow, ["COMPLETED"]);
});

test("a ring that never got through is rung again", async () => {
  const { queues, rules } = stack.bench;
  const id = await start("ten");
  await stack.finished(id);
  await queues.put(stack.bench.queue("LostRings"), JSON.stringify({ runId: id }));
  await rules.fire();
  await expect
    .poll(() => queues.counts(stack.bench.queue("LostRings")))
    .toEqual({ ready: 0, delayed: 0, inFlight: 0 });
});

test("runs of a queue with a limit take turns", async () => {
  const ids = await Promise.all([start("limited"), start("limited"), start("limited")]);
  for (const id of ids) expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
});

const scene = () => ({ stack, start, tickUntil });
overseeing(scene);

test("after a deploy of other code, a run goes on with the version that it began on", async () => {
  const file = join(project.path, "tasks", "scenes.ts");
  await writeFile(file, (await readFile(file, "utf8")).replace("It is no use.", "It is no use at all."));
  changed = await stack.synth();
  const id = await start("rests", { seconds: 10 });
  await expect.poll(async () => (await stack.run(id)).status).toBe("WAITING");
  await stack.bench.deploy(changed);
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
  expect(handOvers(stack).map(({ parameters }) => parameters.Qualifier)).toEqual(["1"]);
  expect(await stack.finished(await start("fails"))).toMatchObject({
    error: { message: "It is no use at all." },
  });
});

const [plans, finds] = [planning(scene), finding(scene, () => project.path)];
const keeping = housekeeping(scene, () => changed);
keeping.works();

test("no call was refused, and no grant is unused", () => {
  const { proxy, policies, logs } = stack.bench;
  expect(linesOf(proxy.refusals.filter(({ caller }) => caller !== "Stranger"))).toEqual([]);
  expect(logs.refusals).toEqual([]);
  expect(policies.unused()).toEqual([]);
});

describe("a statement that is taken away is missed", () => {
  const without = takenAway(scene);
  plans(without);
  finds(without);
  keeping.missed();
});
