/**
 * Doorbell, spill and hand-over, with the services played by aws-sdk-client-mock.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { contentHash } from "../../engine/spilled.ts";
import { lambdaHandOff } from "../../functions/aws/hand-off.ts";
import { s3Spill } from "../../functions/aws/s3-spill.ts";
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
