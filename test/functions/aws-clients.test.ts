/** AWS's clients as we make them: what is the same for each call is done once, and every call is signed as AWS wants it. */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { makeDynamoClient, makeSqsClient } from "../../functions/aws/clients.ts";
import { Sha256 } from "../../functions/aws/sha256.ts";

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const credentials = { accessKeyId: "AKID", secretAccessKey: "wJalr/secret", sessionToken: "session" };
const region = "eu-central-1";
let endpoint = "";
let heard: Heard[] = [];
/** Answers of this kind come first. */
let failures = 0;
const server = createServer(async (request, response) => {
  const body = await text(request);
  heard.push({ headers: request.headers, body });
  if (failures-- > 0) return void response.writeHead(500).end("{}");
  const { Key } = JSON.parse(body) as { Key?: unknown };
  response
    .writeHead(200, { "content-type": "application/x-amz-json-1.0" })
    .end(JSON.stringify({ Item: Key }));
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  heard = [];
  failures = 0;
});

const get = (id: string) => new GetItemCommand({ TableName: "table", Key: { pk: { S: id } } });

/** SHA-256 by Node's own objects. */
class Plain {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string | Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

/** The signature that this request must have. */
async function signed({ headers, body }: Heard): Promise<string | undefined> {
  const { authorization = "", "x-amz-date": date = "" } = headers;
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const signer = new SignatureV4({ service: "dynamodb", region, credentials, sha256: Plain });
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(date)) ?? [];
  const request = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path: "/",
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
      body,
    },
    { signingDate: new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) },
  );
  return request.headers.authorization;
}

describe("a client of AWS", () => {
  test("puts the stack of a command together once, and makes one signer, for any number of calls", async () => {
    const client = makeDynamoClient({ region, endpoint, credentials });
    const resolved = vi.spyOn(GetItemCommand.prototype, "resolveMiddleware");
    const puts = vi.spyOn(PutItemCommand.prototype, "resolveMiddleware");
    for (const id of ["a", "b", "c"]) await client.send(get(id));
    for (const id of ["a", "b"])
      await client.send(new PutItemCommand({ TableName: "table", Item: { pk: { S: id } } }));
    expect([resolved.mock.calls.length, puts.mock.calls.length]).toEqual([1, 1]);
    expect(await client.config.signer()).toBe(await client.config.signer());
    const sqs = makeSqsClient({ region, endpoint, credentials });
    expect(await sqs.config.signer()).toBe(await sqs.config.signer());
    vi.restoreAllMocks();
    for (const each of [client, sqs]) each.destroy();
  });
  test("signs each call as AWS's own signer does with Node's plain hashes", async () => {
    const client = makeDynamoClient({ region, endpoint, credentials });
    await Promise.all(["a", "ü", "c"].map((id) => client.send(get(id))));
    for (const each of heard) expect(each.headers.authorization).toBe(await signed(each));
    expect(new Set(heard.map(({ headers }) => headers.authorization)).size).toBe(3);
    client.destroy();
  });
  test("gives each of many calls at once its own answer, and tries one that failed again", async () => {
    const client = makeDynamoClient({ region, endpoint, credentials });
    failures = 1;
    const ids = Array.from({ length: 20 }, (_, at) => `run-${at}`);
    const answers = await Promise.all(ids.map((id) => client.send(get(id))));
    expect(answers.map(({ Item }) => Item?.pk?.S)).toEqual(ids);
    expect(heard.length).toBe(21);
    const tries = answers.map(({ $metadata }) => $metadata.attempts ?? 0);
    expect(tries.reduce((sum, each) => sum + each, 0)).toBe(21);
    client.destroy();
  });
  test("sends what a bare client sends, but for what differs with each call", async () => {
    const ours = makeDynamoClient({ region, endpoint, credentials });
    const bare = new DynamoDBClient({ region, endpoint, credentials });
    for (const client of [ours, bare]) {
      await client.send(get("a"));
      client.destroy();
    }
    const [first, second] = heard.map(({ headers, body }) => {
      const {
        authorization,
        "amz-sdk-invocation-id": id,
        "amz-sdk-request": tries,
        "x-amz-date": date,
      } = headers;
      for (const each of [authorization, id, tries, date]) expect(each).toBeDefined();
      const changing = ["authorization", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-date"];
      return [body, Object.entries(headers).filter(([name]) => !changing.includes(name))];
    });
    expect(first).toEqual(second);
  });
});

describe("SHA-256", () => {
  const key = new Uint8Array([1, 2, 3, 250]);
  const parts = [Buffer.from("some bytes, "), new Uint8Array([0, 255]), Buffer.from("and ü")];
  const secrets = [undefined, "text", key, key, key.buffer.slice(0), Buffer.from("more text").subarray(5)];
  test.each(secrets.map((secret, at) => [at, secret] as const))(
    "is Node's own, of one part and of several, with and without a key (%i)",
    async (_, secret) => {
      for (const count of [0, 1, 3]) {
        const [own, plain] = [new Sha256(secret), new Plain(secret)];
        for (const part of parts.slice(0, count)) {
          own.update(part);
          plain.update(part);
        }
        const digest = await plain.digest();
        expect(Buffer.from(await own.digest())).toEqual(Buffer.from(digest));
        expect(Buffer.from(await own.digest())).toEqual(Buffer.from(digest));
        own.reset();
        own.update(Buffer.from("x"));
        const again = new Plain(secret);
        again.update(Buffer.from("x"));
        expect(Buffer.from(await own.digest())).toEqual(Buffer.from(await again.digest()));
      }
    },
  );
});
