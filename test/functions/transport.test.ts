/** `awsTransport` with AWS's own client, on a Lambda that answers as the real one does: what each answer means to a caller. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { awsTransport } from "../../functions/aws/index.ts";
import { apiClient } from "../../sdk/client.ts";

interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

let answers: (Said | "cut")[] = [];
const asked: { path: string; authorization: string; event: Record<string, unknown> }[] = [];

const server = createServer((request, response) => void serve(request, response));

async function serve(request: IncomingMessage, response: import("node:http").ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { url = "", headers } = request;
  asked.push({
    path: url,
    authorization: headers.authorization ?? "",
    event: JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>,
  });
  const said = answers.length > 1 ? answers.shift() : answers[0];
  if (said === undefined || said === "cut") return void request.socket.destroy();
  response.writeHead(said.status, { "content-type": "application/json", ...said.headers });
  response.end(JSON.stringify(said.body));
}

beforeAll(() => new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready)));
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
});

const transport = () =>
  awsTransport({
    functionName: "Orders-Api",
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cr3t" },
  });
const client = () => apiClient({ baseUrl: "", secretKey: undefined, transport: transport() });
const result = (statusCode: number, body: unknown): Said => ({
  status: 200,
  body: { statusCode, headers: {}, body: JSON.stringify(body), isBase64Encoded: false },
});
const refused = (status: number, name: string, Message = "not authorized"): Said => ({
  status,
  headers: { "x-amzn-errortype": name },
  body: { Message },
});

test("a call is one invocation that carries the request, signed with the caller's own credentials", async () => {
  answers = [result(200, { id: "run_1", isCached: false })];
  expect(await client().trigger("order", { n: 1 })).toEqual({ id: "run_1", isCached: false });
  expect(asked).toMatchObject([
    {
      path: "/2015-03-31/functions/Orders-Api/invocations",
      authorization: expect.stringMatching(/Credential=AKIAEXAMPLE\/\d+\/eu-central-1\/lambda\/aws4_request/),
      event: {
        holdfast: "request",
        method: "POST",
        path: "/api/v1/tasks/order/trigger",
        body: '{"payload":{"n":1}}',
      },
    },
  ]);
  expect(JSON.stringify(asked)).not.toContain("s3cr3t");
});

test("an answer that is no text comes as the bytes that it was", async () => {
  const body = Buffer.from([0, 255, 128]).toString("base64");
  answers = [
    { status: 200, body: { statusCode: 201, headers: { "x-own": "1" }, body, isBase64Encoded: true } },
  ];
  const request = { method: "GET", path: "/api/v1/tasks", headers: {} } as const;
  const answer = await transport().request({ ...request, signal: AbortSignal.timeout(10_000) });
  expect([answer.status, answer.headers.get("x-own")]).toEqual([201, "1"]);
  expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255, 128]);
});

describe("what AWS says, and what a caller is told:", () => {
  test.each([
    ["AccessDeniedException", 403],
    ["UnrecognizedClientException", 403],
    ["ExpiredTokenException", 403],
    ["InvalidSignatureException", 403],
  ])("%s is HF515, with what would allow it, and is not tried again", async (name, status) => {
    answers = [refused(status, name)];
    await expect(client().trigger("order")).rejects.toMatchObject({
      code: "HF515",
      message: expect.stringContaining("not authorized"),
      fix: expect.stringContaining("grantTrigger"),
    });
    expect(asked).toHaveLength(1);
  });

  test("ResourceNotFoundException is HF504 with the function's name, and is not tried again", async () => {
    answers = [refused(404, "ResourceNotFoundException", "Function not found")];
    await expect(client().trigger("order")).rejects.toThrow(/HF504 There is no function Orders-Api/);
    expect(asked).toHaveLength(1);
  });

  test("a request above what Lambda takes is HF302", async () => {
    answers = [refused(413, "RequestTooLargeException", "6291456 byte payload")];
    await expect(client().trigger("order")).rejects.toMatchObject({ code: "HF302" });
  });

  test("a function that broke off, a throttled call and a cut connection are tried again", async () => {
    const brokenOff = {
      status: 200,
      headers: { "x-amz-function-error": "Unhandled" },
      body: { errorType: "Timeout" },
    };
    const throttled = refused(429, "TooManyRequestsException", "Rate Exceeded.");
    answers = [brokenOff, throttled, "cut", result(200, { id: "run_1", isCached: false })];
    expect(await client().trigger("order")).toMatchObject({ id: "run_1" });
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ event }) => JSON.stringify(event))).size).toBe(1);
  });

  test("a refusal of the API is that refusal", async () => {
    answers = [result(404, { code: "HF203", error: "There is no task.", fix: "Check the id." })];
    await expect(client().trigger("order")).rejects.toMatchObject({ code: "HF203", status: 404 });
  });
});

test("a transport to nowhere is refused when it is made", () => {
  expect(() => awsTransport({ functionName: "" })).toThrow(/HF406/);
});
