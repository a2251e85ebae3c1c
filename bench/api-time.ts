/**
 * What a warm api takes of a processor for one trigger: its bundle as it is deployed, alone in a process, with DynamoDB Local
 * and an SQS that only says yes behind it. The process's own count of its time is read before and after each request.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeDynamoClient } from "../functions/aws/clients.ts";
import { hashesSetting, hashOfKey, newSecretKey } from "../functions/secret-key.ts";
import { dynamoPort } from "../test/aws/dynamodb.ts";
import { createTable } from "../test/aws-adapters/create-table.ts";
import { makeFolder, root } from "../test/world/place.ts";
import { bundleFunctions } from "../transform/bundle-functions.ts";
import { environment, secretsManager } from "./start-up.ts";
import { type Spread, spread } from "./statistics.ts";

const run = promisify(execFile);
/** Until then the code is not compiled to what it stays. */
const warmUp = 600;

/** Milliseconds of processor time for each of `count` triggers. `node`: the binary that the api runs on. Needs Java. */
export async function timeOfTriggers(count: number, node: string): Promise<Spread> {
  const folder = await makeFolder("api-time");
  const key = newSecretKey("live");
  const secrets = await secretsManager({ [hashesSetting]: hashOfKey(key) });
  const queue = await acceptingQueue();
  const endpoint = `http://127.0.0.1:${await dynamoPort()}`;
  try {
    const dir = join(root, "bench", "tasks");
    const { ok } = await bundleFunctions({ dir, packageRoot: root, outDir: folder.path });
    if (!ok) throw new Error("The tasks do not build.");
    await makeTable(endpoint);
    const env = {
      ...environment,
      AWS_LAMBDA_FUNCTION_NAME: "api",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_SQS: queue.url,
      HOLDFAST_DOORBELL_URL: `${queue.url}/000000000000/doorbell`,
      HOLDFAST_TABLE: table,
      HOLDFAST_STAGE: "prod",
      HOLDFAST_PLANNER: "planner",
      HOLDFAST_LOG_GROUP: "/aws/lambda/dispatcher",
      HOLDFAST_LOG_DAYS: "30",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/api",
      NODE_OPTIONS: "--enable-source-maps",
    };
    const text = program(join(folder.path, "api", "index.mjs"), key, warmUp + count);
    const { stderr } = await run(node, ["--input-type=module", "-e", text], { env, maxBuffer: 1 << 26 });
    // In front of it an older Node warns of its age.
    const times = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as number[];
    return spread(times.slice(warmUp));
  } finally {
    secrets.close();
    queue.close();
    await folder.remove();
  }
}

const table = "triggers";

async function makeTable(endpoint: string): Promise<void> {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: id } = environment;
  const client = makeDynamoClient({
    region,
    endpoint,
    credentials: { accessKeyId: id, secretAccessKey: id },
  });
  await client.send(createTable(table));
  client.destroy();
}

/** An SQS that has taken every message. */
async function acceptingQueue(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const answer = JSON.stringify({ MessageId: "one" });
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(answer);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

/** A request as the HTTP API hands it on, payload format 2.0, with the headers of Node's `fetch`. */
const program = (file: string, key: string, count: number): string => `
  const { handler } = await import(${JSON.stringify(file)});
  const times = [];
  for (let at = 0; at < ${count}; at++) {
    const path = "/api/v1/tasks/many/trigger";
    const event = {
      version: "2.0", routeKey: "ANY /{proxy+}", rawPath: path, rawQueryString: "",
      headers: {
        accept: "*/*", "accept-encoding": "gzip, deflate", authorization: ${JSON.stringify(`Bearer ${key}`)},
        "content-length": "14", "content-type": "application/json", host: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "user-agent": "node", "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
      },
      requestContext: {
        domainName: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", stage: "$default", requestId: String(at),
        http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "node" },
      },
      body: '{"payload":10}', isBase64Encoded: false,
    };
    const from = process.cpuUsage();
    const { statusCode, body } = await handler(event);
    const { user, system } = process.cpuUsage(from);
    if (statusCode >= 300) throw new Error(statusCode + ": " + body);
    times.push((user + system) / 1000);
  }
  process.stderr.write(JSON.stringify(times), () => process.exit(0));`;
