/**
 * Doorbell, secrets, spill and hand-over, with the services played by aws-sdk-client-mock.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { contentHash } from "../../engine/spilled.ts";
import { lambdaHandOff } from "../../functions/aws/hand-off.ts";
import { s3Spill } from "../../functions/aws/s3-spill.ts";
import { secretsManagerSecrets } from "../../functions/aws/secrets.ts";
import {
  delaySecondsOf,
  isEarly,
  parseRing,
  type Ring,
  ringBody,
  sqsDoorbell,
} from "../../functions/aws/sqs-doorbell.ts";

const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };

describe("the doorbell", () => {
  const bell = () => {
    const client = new SQSClient(settings);
    const mock = mockClient(client);
    mock.on(SendMessageCommand).resolves({});
    mock.on(SendMessageBatchCommand).resolves({});
    const lost: { rings: readonly Ring[]; error: unknown }[] = [];
    const clock = { now: () => 1_000_000 };
    const onLost = (rings: readonly Ring[], error: unknown) => void lost.push({ rings, error });
    return { mock, lost, bell: sqsDoorbell({ client, queueUrl: "https://q", clock, onLost }) };
  };

  test("a ring is one message with nothing but the run's id", async () => {
    const { mock, bell: door } = bell();
    door.ring("run_a");
    await door.flush();
    expect(mock.commandCalls(SendMessageCommand).map(({ args }) => args[0].input)).toStrictEqual([
      { QueueUrl: "https://q", MessageBody: '{"runId":"run_a"}' },
    ]);
  });

  test("a ring goes out by itself in the next turn", async () => {
    const { mock, bell: door } = bell();
    door.ring("run_a");
    await new Promise((done) => setImmediate(done));
    expect(mock.commandCalls(SendMessageCommand)).toHaveLength(1);
    await door.flush();
    expect(mock.commandCalls(SendMessageCommand)).toHaveLength(1);
  });

  test.each([
    [1_000_000 - 5, undefined],
    [1_000_000, undefined],
    [1_000_001, 1],
    [1_059_001, 60],
    [1_900_000, 900],
    [9_999_999, 900],
  ])("a ring at %i waits %s seconds in the queue", async (at, DelaySeconds) => {
    const { mock, bell: door } = bell();
    door.ringAt("run_a", at);
    await door.flush();
    const input = mock.commandCalls(SendMessageCommand)[0]?.args[0].input;
    expect(input).toMatchObject({ MessageBody: `{"runId":"run_a","at":${at}}` });
    expect(input?.DelaySeconds).toBe(DelaySeconds);
  });

  test("rings of one turn go ten at a time, each run once", async () => {
    const { mock, bell: door } = bell();
    for (let n = 0; n < 21; n++) door.ring(`run_${n}`);
    door.ring("run_0");
    door.ringAt("run_0", 2_000_000);
    await door.flush();
    const batches = mock.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);
    expect(batches.map(({ length }) => length)).toStrictEqual([10, 10, 2]);
    expect(new Set(batches.flat().map(({ MessageBody }) => MessageBody)).size).toBe(22);
    for (const batch of batches) expect(new Set(batch.map(({ Id }) => Id)).size).toBe(batch.length);
  });

  test("what cannot be sent is told of and lost, and the others are not", async () => {
    const { mock, lost, bell: door } = bell();
    mock.on(SendMessageCommand).rejects(new Error("away"));
    door.ring("run_a");
    await door.flush();
    mock
      .on(SendMessageBatchCommand)
      .resolves({ Failed: [{ Id: "1", Code: "Busy", SenderFault: false }], Successful: [] });
    door.ring("run_b");
    door.ring("run_c");
    await door.flush();
    expect(lost.map(({ rings }) => rings.map(({ runId }) => runId))).toStrictEqual([["run_a"], ["run_c"]]);
  });

  test("a message that is no ring is none", () => {
    for (const body of ["", "{", "null", "1", '"run_a"', "[]", "{}", '{"runId":7}', '{"runId":""}'])
      expect(parseRing(body)).toBeUndefined();
    expect(parseRing(ringBody({ runId: "a", at: 5 }))).toStrictEqual({ runId: "a", at: 5 });
    expect(parseRing('{"runId":"a","at":"soon","payload":1}')).toStrictEqual({ runId: "a" });
  });

  test("a ring that came more than a second early is to be sent again, for the rest of the time", () => {
    expect(isEarly({ runId: "a" }, 5)).toBe(false);
    expect(isEarly({ runId: "a", at: 10_000 }, 9_000)).toBe(false);
    expect(isEarly({ runId: "a", at: 10_000 }, 8_999)).toBe(true);
    const at = 2_000_000;
    const hops: number[] = [];
    for (let now = 0; isEarly({ runId: "a", at }, now); now += (hops.at(-1) ?? 0) * 1_000)
      hops.push(delaySecondsOf({ runId: "a", at }, now));
    expect(hops).toStrictEqual([900, 900, 200]);
  });
});

describe("secrets", () => {
  const secrets = (values: Record<string, string>) => {
    let now = 0;
    let current: string | undefined = Object.keys(values).at(-1);
    const client = new SecretsManagerClient(settings);
    const mock = mockClient(client);
    const gone = Object.assign(new Error("no such version"), { name: "ResourceNotFoundException" });
    mock.on(GetSecretValueCommand).callsFake(({ VersionId = current }: { VersionId?: string }) => {
      if (VersionId === undefined || !(VersionId in values)) throw gone;
      return { VersionId, SecretString: values[VersionId] };
    });
    return {
      mock,
      asked: () => mock.commandCalls(GetSecretValueCommand).length,
      later(ms: number) {
        now += ms;
      },
      rotate(version: string | undefined) {
        current = version;
      },
      secrets: secretsManagerSecrets({ client, secretId: "s", clock: { now: () => now } }),
    };
  };

  test("the current version is asked for each half minute, and once however many ask", async () => {
    const { secrets: s, asked, later, rotate } = secrets({ v1: "{}", v2: '{"A":"2"}' });
    expect(await Promise.all([s.current(), s.current(), s.current()])).toStrictEqual(["v2", "v2", "v2"]);
    rotate("v1");
    later(29_999);
    expect([await s.current(), asked()]).toStrictEqual(["v2", 1]);
    later(1);
    expect([await s.current(), asked()]).toStrictEqual(["v1", 2]);
  });

  test("a version's values are asked for once and for ever; the current one's come with its name", async () => {
    const { secrets: s, asked, later } = secrets({ v1: '{"A":"1"}', v2: '{"A":"2"}' });
    expect(await s.values(undefined)).toStrictEqual({ version: "v2", values: { A: "2" }, isReplaced: false });
    expect(asked()).toBe(1);
    expect(await s.values("v1")).toStrictEqual({ version: "v1", values: { A: "1" }, isReplaced: false });
    later(10_000_000);
    await s.values("v1");
    await s.values("v2");
    expect(asked()).toBe(2);
  });

  test("a version that is gone gives the current one, and says so", async () => {
    const { secrets: s } = secrets({ v2: '{"A":"2"}' });
    expect(await s.values("v1")).toStrictEqual({ version: "v2", values: { A: "2" }, isReplaced: true });
  });

  test("a version that is gone gives the one that is current now, not the one of half a minute ago, be that gone as well or not", async () => {
    const values: Record<string, string> = { v1: '{"A":"1"}', v2: '{"A":"2"}', v3: '{"A":"3"}' };
    const { secrets: s, rotate } = secrets(values);
    rotate("v2");
    expect(await s.current()).toBe("v2");
    rotate("v3");
    delete values.v1;
    expect(await s.values("v1")).toStrictEqual({ version: "v3", values: { A: "3" }, isReplaced: true });
    values.v4 = '{"A":"4"}';
    rotate("v4");
    delete values.v3;
    expect(await s.values("v1")).toStrictEqual({ version: "v4", values: { A: "4" }, isReplaced: true });
    expect(await s.current()).toBe("v4");
  });

  test("a version that is gone is replaced by none while Secrets Manager is away: an older one may be gone for a reason", async () => {
    const { secrets: s, mock, later } = secrets({ v2: '{"A":"2"}' });
    await s.current();
    const gone = Object.assign(new Error("no such version"), { name: "ResourceNotFoundException" });
    mock.on(GetSecretValueCommand).rejects(new Error("away"));
    mock.on(GetSecretValueCommand, { VersionId: "v1" }).rejects(gone);
    await expect(s.values("v1")).rejects.toThrow("away");
    later(30_000);
    expect(await s.current()).toBe("v2");
  });

  test("a version that the current one calls revoked counts as gone", async () => {
    const {
      secrets: s,
      rotate,
      later,
    } = secrets({
      v1: '{"A":"1"}',
      v2: '{"A":"2"}',
      v3: '{"A":"3","HOLDFAST_REVOKED_VERSIONS":"v0, v1"}',
    });
    expect(await s.values("v1")).toMatchObject({ version: "v1" });
    rotate("v3");
    later(30_000);
    await s.current();
    expect(await s.values("v1")).toMatchObject({ version: "v3", values: { A: "3" }, isReplaced: true });
    expect(await s.values("v2")).toMatchObject({ version: "v2", isReplaced: false });
  });

  test("a secret without a value is no settings and no version", async () => {
    const { secrets: s, rotate } = secrets({ v2: "{}" });
    rotate(undefined);
    expect(await s.current()).toBeUndefined();
    expect(await s.values(undefined)).toStrictEqual({ version: undefined, values: {}, isReplaced: false });
  });

  test("while Secrets Manager is away, what was current is; without having seen it, it is an error", async () => {
    const { secrets: s, mock, later } = secrets({ v1: "{}" });
    expect(await s.current()).toBe("v1");
    mock.on(GetSecretValueCommand).rejects(new Error("away"));
    later(60_000);
    expect(await s.current()).toBe("v1");
    await expect(s.values("v0")).rejects.toThrow("away");
    const other = secrets({ v1: "{}" });
    other.mock.on(GetSecretValueCommand).rejects(new Error("away"));
    await expect(other.secrets.current()).rejects.toThrow("away");
  });

  test.each([
    ["{", /not valid JSON/],
    ["[]", /HF411/],
    ['{"A":{"B":"hidden"}}', /Not a string: A\./],
    ['{"A":"ok","PORT":4242}', /Not a string: PORT\./],
  ])("%s is refused by name, and no value is shown", async (text, message) => {
    const { secrets: s } = secrets({ v1: text });
    const error: unknown = await s.values("v1").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "HF411", message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/hidden|4242|"ok"/);
  });
});

describe("the spill", () => {
  const spill = () => {
    const client = new S3Client(settings);
    const mock = mockClient(client);
    mock.on(PutObjectCommand).resolves({});
    let made = 0;
    const at = { now: 1_000_000 };
    const makeClient = async () => {
      made++;
      return client;
    };
    return {
      mock,
      made: () => made,
      spill: s3Spill({ bucket: "b", makeClient, clock: { now: () => at.now } }),
      at,
    };
  };

  test("a value is put under its hash, once in half a minute; the client is made with the first", async () => {
    const { mock, made, spill: s, at } = spill();
    expect(made()).toBe(0);
    const ref = await s.put("ü");
    expect([await s.put("ü"), made()]).toStrictEqual([contentHash("ü"), 1]);
    const calls = mock.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);
    expect(calls).toMatchObject([
      { Bucket: "b", Key: `values/${ref.slice(0, 2)}/${ref.slice(2)}`, Body: "ü" },
    ]);
    // A minute after it was put a value that nobody refers to may be taken away.
    at.now += 30_000;
    await s.put("ü");
    expect(mock.commandCalls(PutObjectCommand)).toHaveLength(2);
  });

  test("a value comes back; one that is gone or another is HF305, and an outage is not", async () => {
    const { mock, spill: s } = spill();
    const body = (text: string) => ({ Body: { transformToString: async () => text } }) as never;
    mock.on(GetObjectCommand).resolves(body("ü"));
    expect(await s.get(contentHash("ü"))).toBe("ü");
    await expect(s.get(contentHash("other"))).rejects.toMatchObject({ code: "HF305" });
    await expect(s.get("../secret")).rejects.toMatchObject({ code: "HF305" });
    mock.on(GetObjectCommand).rejects(new NoSuchKey({ $metadata: {}, message: "none" }));
    await expect(s.get(contentHash("ü"))).rejects.toMatchObject({ code: "HF305" });
    mock.on(GetObjectCommand).rejects(new Error("away"));
    await expect(s.get(contentHash("ü"))).rejects.toThrow("away");
  });

  test("nothing imports the S3 client before it is used", () => {
    for (const file of ["s3-spill.ts", "clients.ts"]) {
      const source = readFileSync(join(import.meta.dirname, "../../functions/aws", file), "utf8");
      expect(source).toContain('import("./s3-parts.ts")');
      expect(source).not.toMatch(/^import (?!type )[^;]*"(@aws-sdk\/client-s3|\.\/s3-parts\.ts)"/m);
    }
  });
});

describe("the hand-over", () => {
  const client = new LambdaClient(settings);
  const mock = mockClient(client);
  const { handOff } = lambdaHandOff({ client, functionName: "dispatcher" });

  test("a run goes to the version it is pinned to, without waiting for it", async () => {
    mock.on(InvokeCommand).resolves({ StatusCode: 202 });
    expect(await handOff("run_a", "7")).toBe("handedOff");
    const input = mock.commandCalls(InvokeCommand)[0]?.args[0].input;
    expect(input).toMatchObject({ FunctionName: "dispatcher", Qualifier: "7", InvocationType: "Event" });
    expect(parseRing(Buffer.from(input?.Payload as Uint8Array).toString())).toStrictEqual({ runId: "run_a" });
  });

  test("a version that was deleted is told; any other failure is thrown", async () => {
    mock.on(InvokeCommand).rejects(new ResourceNotFoundException({ $metadata: {}, message: "gone" }));
    expect(await handOff("run_a", "7")).toBe("versionIsMissing");
    mock
      .on(InvokeCommand)
      .rejects(Object.assign(new Error("Rate exceeded"), { name: "TooManyRequestsException" }));
    await expect(handOff("run_a", "7")).rejects.toThrow("Rate exceeded");
  });
});
