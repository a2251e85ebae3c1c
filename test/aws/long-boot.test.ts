/** What starts a pass in a stock image, where no library is: its signature is AWS's, and it unpacks what Lambda keeps. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { signedHeaders, unzip } from "../../functions/long-boot.ts";
import { makeFolder } from "../world/place.ts";
import { zipOf, zippedFolder } from "./zipped.ts";

test("a request for a version's code is signed as AWS's own library signs it", async () => {
  const url = new URL(
    "https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/Orders-Dispatcher_1?Qualifier=12",
  );
  const keys = { AccessKeyId: "ASIA1", SecretAccessKey: "secret", Token: "token==" };
  const now = new Date("2026-11-28T14:00:00.123Z");
  const { host, ...own } = signedHeaders(url, keys, "eu-central-1", now);
  expect(own.authorization).toContain("/20261128/eu-central-1/lambda/aws4_request");
  expect(own["x-amz-date"]).toBe("20261128T140000Z");
  const signer = new SignatureV4({
    service: "lambda",
    region: "eu-central-1",
    sha256: new DynamoDBClient({ region: "eu-central-1" }).config.sha256,
    applyChecksum: false,
    credentials: { accessKeyId: "ASIA1", secretAccessKey: "secret", sessionToken: "token==" },
  });
  const query = { Qualifier: "12" };
  const request = {
    method: "GET",
    protocol: "https:",
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { host: url.host },
  };
  const { headers } = await signer.sign(request, { signingDate: now });
  expect(own.authorization).toBe(headers.authorization);
  expect(host).toBe(url.host);
});

test("a zip is unpacked with its folders and modes; one that leads out of its folder is refused", async () => {
  const folder = await makeFolder("zip");
  try {
    const from = join(folder.path, "from");
    mkdirSync(join(from, "long-pass"), { recursive: true });
    writeFileSync(join(from, "index.mjs"), "export const a = 'ä';\n");
    writeFileSync(join(from, "long-pass", "tool"), "#!/bin/sh\n", { mode: 0o755 });
    const to = join(folder.path, "to");
    mkdirSync(to);
    unzip(zippedFolder(from), to);
    expect(readFileSync(join(to, "index.mjs"), "utf8")).toBe("export const a = 'ä';\n");
    expect(statSync(join(to, "long-pass", "tool")).mode & 0o777).toBe(0o755);
    const evil = zipOf([{ name: "../evil", content: Buffer.from("x"), mode: 0o644 }]);
    expect(() => unzip(evil, to)).toThrow(/outside of it: \.\.\/evil/);
    expect(() => unzip(Buffer.from("<html>"), to)).toThrow(/no zip/);
  } finally {
    await folder.remove();
  }
});
