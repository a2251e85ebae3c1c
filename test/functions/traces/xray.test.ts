/** What is posted to X-Ray: signed with its body, as AWS makes the signature again. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { makeDynamoClient } from "../../../functions/aws/clients.ts";
import { xrayPost } from "../../../functions/aws/xray.ts";
import type { RawRequest } from "../../aws/call.ts";
import { isSigned, secretKey } from "../../aws/presigned.ts";
import { close, listen } from "../../world/world.ts";

test("is signed for X-Ray by the function's own credentials: another body, header or time does not hold", async () => {
  const requests: RawRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = request;
    requests.push({ method, path, headers, body: Buffer.concat(chunks) });
    response.end("{}");
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const credentials = { accessKeyId: "AKIA", secretAccessKey: secretKey };
  const { config } = makeDynamoClient({ region: "eu-central-1", credentials });
  const answer = await xrayPost(url, config, 2_000)(`{"resourceSpans":[]}`);
  await close(server);
  expect([answer.status, requests.length]).toEqual([200, 1]);
  const [sent] = requests;
  if (sent === undefined) throw new Error("nothing was sent");
  expect(sent.headers.authorization).toMatch(/Credential=AKIA\/\d{8}\/eu-central-1\/xray\/aws4_request/);
  expect(isSigned(sent, Date.now())).toBe(true);
  expect(isSigned({ ...sent, body: Buffer.from(`{"resourceSpans":[1]}`) }, Date.now())).toBe(false);
  expect(isSigned({ ...sent, path: "/v1/logs" }, Date.now())).toBe(false);
  expect(isSigned(sent, Date.now() + 3_600_000)).toBe(false);
  const headers = { ...sent.headers, "content-type": "text/plain" };
  expect(isSigned({ ...sent, headers }, Date.now())).toBe(false);
});
