/** The proxy as Amazon's own clients see it: refusals, throttling and lost replies in a form that they understand. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Folder, makeFolder } from "../world/place.ts";
import { Bench } from "./bench.ts";
import { calls, every, nth, some } from "./faults.ts";
import { describe, dynamodb, test } from "./on-java.ts";
import { totalUnits } from "./records.ts";
import { smallTemplate, writeAssembly } from "./small-stack.ts";

let folder: Folder;
let bench: Bench;
let settings: ReturnType<typeof clientSettings>;

beforeAll(async () => {
  folder = await makeFolder("proxy");
  const assembly = await writeAssembly(folder.path, smallTemplate());
  bench = await Bench.up({ assembly, dynamodb });
  const role = bench.template.ref("Role");
  bench.proxy.know("ASIATEST", { name: "Test", role, session: "Small-Worker", kill: () => undefined });
  settings = clientSettings();
});

afterAll(async () => {
  await bench?.close();
  await folder?.remove();
});

afterEach(() => bench.proxy.faults.clear());

const clientSettings = () => ({
  endpoint: bench.proxy.url,
  region: "eu-central-1",
  credentials: { accessKeyId: "ASIATEST", secretAccessKey: "test" },
});

const client = () => new DynamoDBClient(settings);
const putOf = (pk: string) =>
  new PutItemCommand({
    TableName: bench.template.ref("Table"),
    Item: { pk: { S: pk } },
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
const send = (more: object = {}) =>
  new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }).send(
    new SendMessageCommand({ QueueUrl: bench.template.ref("Bell"), MessageBody: "{}", ...more }),
  );

describe("refusals", () => {
  test("of each service are access-denied errors with AWS's text", async () => {
    const message = expect.stringMatching(
      /^User: arn:aws:sts::\d+:assumed-role\/Small-Role\/Small-Worker is not authorized to perform: /,
    );
    const check = {
      TableName: bench.template.ref("Table"),
      Key: { pk: { S: "x" } },
      ConditionExpression: "attribute_exists(pk)",
    };
    const denied = { name: "AccessDeniedException", message };
    await expect(
      client().send(new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: check }] })),
    ).rejects.toMatchObject(denied);
    await expect(send({ QueueUrl: bench.template.ref("Dead") })).rejects.toMatchObject(denied);
    const lambda = new LambdaClient(settings);
    await expect(lambda.send(new InvokeCommand({ FunctionName: "Small-Worker" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const secrets = new SecretsManagerClient(settings);
    await expect(
      secrets.send(new GetSecretValueCommand({ SecretId: "arn:aws:secretsmanager:x" })),
    ).rejects.toMatchObject(denied);
    const refused = bench.proxy.refusals.length;
    expect(refused).toBe(4);
  });
  test("S3 hides that an object is not there from those who may not list", async () => {
    const s3 = new S3Client(settings);
    const Bucket = bench.template.ref("Values");
    await s3.send(new PutObjectCommand({ Bucket, Key: "a/b", Body: "text" }));
    const found = await s3.send(new GetObjectCommand({ Bucket, Key: "a/b" }));
    expect(await found.Body?.transformToString()).toBe("text");
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: "none" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });
});

describe("faults", () => {
  test("throttling is tried again by the client", async () => {
    const from = bench.proxy.records.length;
    bench.proxy.faults.add(nth(calls("PutItem"), 1, { kind: "throttle" }));
    await client().send(putOf("throttled"));
    expect(bench.proxy.records.slice(from).map(({ outcome }) => outcome)).toEqual([
      "ThrottlingException",
      "answered",
    ]);
  });
  test("a reply that was lost shows as a failed condition on the second attempt, with the item that is there", async () => {
    bench.proxy.faults.add(nth(calls("PutItem"), 1, { kind: "cut", applied: true }));
    const error = await client()
      .send(putOf("lost"))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: { pk: { S: "lost" } }, $metadata: { attempts: 2 } });
  });
  test("a failure inside the service leaves the call undone or done", async () => {
    bench.proxy.faults.add(nth(calls("PutItem"), 1, { kind: "fail", applied: false }));
    await client().send(putOf("undone"));
    bench.proxy.faults.add(nth(calls("PutItem"), 1, { kind: "fail", applied: true }));
    await expect(client().send(putOf("done"))).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  });
  test("the client takes the answer of a message that is lost", async () => {
    bench.proxy.faults.add(every(calls("SendMessage", "SendMessageBatch"), 1, [{ kind: "lose" }]));
    await send();
    const batch = { QueueUrl: bench.template.ref("Bell"), Entries: [{ Id: "1", MessageBody: "{}" }] };
    const sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
    expect((await sqs.send(new SendMessageBatchCommand(batch))).Successful).toHaveLength(1);
    expect(bench.queues.messages(bench.queue("Bell"))).toEqual([]);
  });
  test("a delay that SQS refuses", async () => {
    await expect(send({ DelaySeconds: -1 })).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
  test("drawn from a seed, they are the same again", () => {
    const draw = (): string => {
      let state = 7;
      const random = (): number => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      const fault = some(() => true, 0.3, [{ kind: "throttle" }, { kind: "lose" }], random);
      const call = { service: "sqs", name: "SendMessage", parameters: {}, asks: [], caller: "x" } as const;
      return Array.from({ length: 40 }, () => fault(call)?.kind ?? "-").join();
    };
    expect(draw()).toBe(draw());
    expect(draw()).toContain("throttle");
  });
});

test("capacity is written down whether it was asked for or not, and shown only to who asked", async () => {
  const from = bench.proxy.records.length;
  const plain = await client().send(putOf("quiet"));
  const TableName = bench.template.ref("Table");
  const loud = await client().send(
    new GetItemCommand({
      TableName,
      Key: { pk: { S: "quiet" } },
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    }),
  );
  expect([plain.ConsumedCapacity, loud.ConsumedCapacity?.CapacityUnits]).toEqual([undefined, 1]);
  expect(totalUnits(bench.proxy.records.slice(from))).toEqual({ write: 1, read: 1, indexes: {} });
});

test("a call that the bench does not know is a problem that its end tells", async () => {
  const own = await Bench.up({ assembly: folder.path, dynamodb });
  const role = own.template.ref("Role");
  own.proxy.know("ASIATEST", { name: "Test", role, session: "x", kill: () => undefined });
  const { DescribeTableCommand } = await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({ ...settings, endpoint: own.proxy.url, maxAttempts: 1 });
  await expect(client.send(new DescribeTableCommand({ TableName: "x" }))).rejects.toThrow();
  await expect(own.close()).rejects.toThrow("does not know the action dynamodb:DescribeTable");
});
