/**
 * What a warm dispatcher takes of a processor for a run of ten awaits: its bundle as it is deployed, alone in a process, with
 * DynamoDB Local behind it. What the tasks themselves do is next to nothing; the process's own count of its time is read before
 * and after each invocation.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startRun } from "../engine/start.ts";
import { makeDynamoClient } from "../functions/aws/clients.ts";
import { dynamoStore } from "../functions/aws/dynamo-store.ts";
import { realChance, realClock } from "../functions/clock.ts";
import { dynamoPort } from "../test/aws/dynamodb.ts";
import { createTable } from "../test/aws-adapters/create-table.ts";
import { makeFolder, root } from "../test/world/place.ts";
import { bundleFunctions } from "../transform/bundle-functions.ts";
import { environment, secretsManager } from "./start-up.ts";
import { type Spread, spread } from "./statistics.ts";

const run = promisify(execFile);
/** Until then the code is not compiled to what it stays. */
const warmUp = 300;

/** What a stack counts where nothing else was asked for. */
const metrics = {
  HOLDFAST_METRICS: "project",
  HOLDFAST_METRICS_NAMESPACE: "Holdfast",
  HOLDFAST_PROJECT: "bench",
};

/** Milliseconds of processor time for each of `count` runs. `node`: the binary that the dispatcher runs on. Needs Java. */
export async function timeOfRuns(count: number, node: string): Promise<Spread> {
  const folder = await makeFolder("dispatcher-time");
  const secrets = await secretsManager();
  const endpoint = `http://127.0.0.1:${await dynamoPort()}`;
  try {
    const dir = join(root, "bench", "tasks");
    const { ok } = await bundleFunctions({ dir, packageRoot: root, outDir: folder.path });
    if (!ok) throw new Error("The tasks do not build.");
    const ids = await runsIn(endpoint, warmUp + count);
    const env = {
      ...environment,
      ...metrics,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      NODE_OPTIONS: "--enable-source-maps",
    };
    const text = program(join(folder.path, "dispatcher", "index.mjs"), ids);
    const { stderr } = await run(node, ["--input-type=module", "-e", text], { env, maxBuffer: 1 << 26 });
    // In front of it an older Node warns of its age.
    const times = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as number[];
    return spread(times.slice(warmUp));
  } finally {
    secrets.close();
    await folder.remove();
  }
}

/** Runs of ten awaits, nobody has worked on. */
async function runsIn(endpoint: string, count: number): Promise<string[]> {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: key, HOLDFAST_TABLE: table } = environment;
  const credentials = { accessKeyId: key, secretAccessKey: key };
  const client = makeDynamoClient({ region, endpoint, credentials });
  await client.send(createTable(table));
  const spill = { put: async () => "", get: async () => "" };
  const doorbell = { ring: () => {} };
  const store = dynamoStore({ client, table });
  const ports = { store, doorbell, spill, clock: realClock, chance: realChance };
  const codeVersion = `1.${environment.HOLDFAST_CODE_VERSION}`;
  const ids: string[] = [];
  for (let at = 0; at < count; at++)
    ids.push((await startRun(ports, { task: "many", payload: 10, codeVersion, source: "api" })).id);
  client.destroy();
  return ids;
}

const program = (file: string, ids: readonly string[]): string => `
  const { handler } = await import(${JSON.stringify(file)});
  const times = [];
  for (const runId of ${JSON.stringify(ids)}) {
    const from = process.cpuUsage();
    const event = { Records: [{ messageId: runId, body: JSON.stringify({ runId }) }] };
    const { batchItemFailures } = await handler(event, { awsRequestId: runId, getRemainingTimeInMillis: () => 900000 });
    if (batchItemFailures.length > 0) throw new Error("A run failed.");
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / 1000);
  }
  process.stderr.write(JSON.stringify(times), () => process.exit(0));`;
