/** The harness itself, on a stack small enough to read: what it plays, it plays as AWS does. */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, makeFolder } from "../world/place.ts";
import { Bench } from "./bench.ts";
import { calls, nth } from "./faults.ts";
import type { JsonObject } from "./json.ts";
import { describe, dynamodb, test } from "./on-java.ts";
import { smallTemplate, writeAssembly } from "./small-stack.ts";

let folder: Folder;
let bench: Bench;

beforeAll(async () => {
  folder = await makeFolder("small");
  bench = await Bench.up({
    assembly: await writeAssembly(join(folder.path, "one"), smallTemplate()),
    dynamodb,
  });
});

afterAll(async () => {
  await bench?.close();
  await folder?.remove();
});

/** Has the function do something, on the version that the alias names. */
async function ask(event: JsonObject, qualifier = "live"): Promise<JsonObject> {
  const end = await bench.lambda.invoke(bench.template.ref("Worker"), qualifier, JSON.stringify(event));
  return (end.ok ? JSON.parse(end.result) : { ...end.error }) as JsonObject;
}

const put = (pk: string, more: JsonObject = {}): JsonObject => ({
  service: "dynamodb",
  action: "PutItem",
  body: {
    TableName: "env:TABLE",
    Item: { pk: { S: pk }, shard: { S: "1" } },
    ConditionExpression: "attribute_not_exists(pk)",
    ...more,
  },
});

const send = (message: JsonObject, more: JsonObject = {}): JsonObject => ({
  service: "sqs",
  action: "SendMessage",
  body: { QueueUrl: "env:BELL", MessageBody: JSON.stringify(message), ...more },
});

describe("Lambda", () => {
  test("a process serves one event after the other, frozen in between", async () => {
    const first = await ask({ whoami: true, tick: true });
    await new Promise((resolve) => setTimeout(resolve, 400));
    const second = await ask({ whoami: true });
    expect(second.pid).toBe(first.pid);
    expect(second.version).toBe("1");
    expect(Number(second.ticks)).toBeLessThan(5);
    expect(Number(first.left)).toBeGreaterThan(2_500);
  });
  test("what it throws is its answer, in Lambda's form", async () => {
    expect(await ask({ fail: "no luck" })).toMatchObject({ errorType: "TypeError", errorMessage: "no luck" });
  });
  test("a time-out, too much memory and an exit end the process, and the next event gets a new one", async () => {
    const { pid } = await ask({ whoami: true });
    expect(await ask({ hang: true })).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(await ask({ exit: 3 })).toMatchObject({ errorMessage: expect.stringContaining("exit status 3") });
    expect(await ask({ swallow: true })).toMatchObject({ errorType: "Runtime.OutOfMemory" });
    expect((await ask({ whoami: true })).pid).not.toBe(pid);
  });
});

describe("the services", () => {
  test("DynamoDB answers with its own engine, and its units are written down with those of the index", async () => {
    const from = bench.proxy.records.length;
    expect(await ask(put("a"))).toMatchObject({ status: 200, answer: {} });
    expect(await ask(put("a"))).toMatchObject({ status: 400 });
    const [first, second] = bench.proxy.records.slice(from);
    expect(first).toMatchObject({
      action: "PutItem",
      outcome: "answered",
      units: { write: 2, indexes: { wake: 1 } },
    });
    expect(second).toMatchObject({ outcome: "ConditionalCheckFailedException", units: { write: 1 } });
  });
  test("a ring reaches the function, and is deleted when it went well", async () => {
    const bell = bench.queue("Bell");
    await ask(send(put("by-ring")));
    await expect.poll(() => bench.proxy.records.some(({ subject }) => subject === "by-ring ")).toBe(false);
    await expect
      .poll(() => bench.proxy.records.filter(({ action }) => action === "DeleteMessageBatch").length)
      .toBe(1);
    expect(bench.queues.counts(bell)).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });
  test("a message that is reported as failed comes again after its visibility time-out, then is a dead letter", async () => {
    const bell = bench.queue("Bell");
    await ask(send({ failItems: true }));
    await expect.poll(() => bench.queues.counts(bell).inFlight).toBe(1);
    await expect.poll(() => bench.sources[0]?.working).toBe(0);
    expect(await bench.queues.expireVisibility(bell)).toBe(1);
    await expect.poll(() => bench.queues.counts(bell).inFlight).toBe(1);
    await expect.poll(() => bench.sources[0]?.working).toBe(0);
    await bench.queues.expireVisibility(bell);
    await expect.poll(() => bench.queues.messages(bench.queue("Dead")).length).toBe(1);
  });
  test("SQS refuses a delay above 900 s", async () => {
    const refusal = await ask(send({}, { DelaySeconds: 901 }));
    expect(refusal).toMatchObject({
      status: 400,
      answer: { message: expect.stringContaining("DelaySeconds") },
    });
  });
  test("a secret's version stays readable by its id when another is current", async () => {
    const read = (more: JsonObject = {}) =>
      ask({ service: "secretsmanager", action: "GetSecretValue", body: { SecretId: "env:SECRET", ...more } });
    const before = (await read()).answer as JsonObject;
    const id = bench.secrets.put({ KEY: "another" });
    expect((await read()).answer).toMatchObject({ VersionId: id, SecretString: `{"KEY":"another"}` });
    expect((await read({ VersionId: String(before.VersionId) })).answer).toMatchObject({
      SecretString: before.SecretString,
    });
    expect((await read({ VersionId: "0" })).status).toBe(400);
  });
});

describe("the front door", () => {
  test("the function gets payload format 2.0, and its answer is the answer", async () => {
    const response = await fetch(`${bench.url}/hooks/a%20b?x=1&x=2`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "a=1; b=2" },
      body: `{"http":true}`,
    });
    expect(response.status).toBe(201);
    expect([response.headers.get("x-own"), response.headers.get("set-cookie")]).toEqual(["1", "a=1"]);
    expect(await response.json()).toMatchObject({
      version: "2.0",
      routeKey: "ANY /{proxy+}",
      rawPath: "/hooks/a b",
      rawQueryString: "x=1&x=2",
      queryStringParameters: { x: "1,2" },
      cookies: ["a=1", "b=2"],
      pathParameters: { proxy: "hooks/a%20b" },
      body: `{"http":true}`,
      isBase64Encoded: false,
      requestContext: { http: { method: "POST" } },
    });
  });
  test("a function that fails is a 500 of API Gateway's", async () => {
    const response = await fetch(`${bench.url}/x`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"fail":"x"}`,
    });
    expect([response.status, await response.json()]).toEqual([500, { message: "Internal Server Error" }]);
  });
});

describe("faults", () => {
  const worker = calls("PutItem");
  test("a call that was applied though its reply was lost", async () => {
    bench.proxy.faults.add(nth(worker, 1, { kind: "cut", applied: true }));
    expect(await ask(put("cut"))).toMatchObject({ errorType: "TypeError", errorMessage: "fetch failed" });
    bench.proxy.faults.clear();
    expect(await ask(put("cut"))).toMatchObject({ status: 400 });
  });
  test("a process that dies before its call is applied", async () => {
    bench.proxy.faults.add(nth(worker, 1, { kind: "kill", applied: false }));
    expect(await ask(put("kill"))).toMatchObject({ errorMessage: expect.stringContaining("SIGKILL") });
    bench.proxy.faults.clear();
    expect(await ask(put("kill"))).toMatchObject({ status: 200 });
  });
  test("a message that is lost, and one that comes twice", async () => {
    const from = bench.proxy.records.length;
    bench.proxy.faults.add(nth(calls("SendMessage"), 1, { kind: "lose" }));
    bench.proxy.faults.add(nth(calls("SendMessage"), 2, { kind: "repeat" }));
    for (const pk of ["lost", "twice"]) expect((await ask(send(put(pk)))).status).toBe(200);
    const puts = () =>
      bench.proxy.records
        .slice(from)
        .filter(({ action }) => action === "PutItem")
        .map(({ parameters }) => (parameters.Item as JsonObject).pk);
    await expect.poll(puts).toEqual([{ S: "twice" }, { S: "twice" }]);
    bench.proxy.faults.clear();
  });
});

test("after a second deploy the alias moves, and the version that a run is pinned to stays", async () => {
  const deploy = async (mark: string) =>
    bench.deploy(await writeAssembly(join(folder.path, mark), smallTemplate({ mark })));
  await deploy("two");
  expect(await ask({ whoami: true })).toMatchObject({ version: "2", mark: "two" });
  expect(await ask({ whoami: true }, "1")).toMatchObject({ version: "1", mark: "one" });
  await expect(ask({}, "3")).rejects.toThrow("Function not found");
  // The code of before, deployed again: its version was retained, but this is another.
  await deploy("one");
  expect(await ask({ whoami: true })).toMatchObject({ version: "3", mark: "one" });
});

test("a call that is under way when the bench goes down is cut off, and no problem", async () => {
  const assembly = await writeAssembly(join(folder.path, "down"), smallTemplate());
  const going = await Bench.up({ assembly, dynamodb });
  going.proxy.faults.add(nth(calls("SendMessage"), 1, { kind: "delay", ms: 300 }));
  const invoked = going.lambda.invoke(
    going.template.ref("Worker"),
    "live",
    JSON.stringify(send(put("down"))),
  );
  await expect.poll(() => going.proxy.faults.counts.get("delay")).toBe(1);
  await going.close();
  expect(await invoked).toMatchObject({ ok: false });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(going.proxy.problems).toEqual([]);
});
